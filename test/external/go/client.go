// Drives Signpost with the Svix SDK of either major; tells each step on stdout (test/external/svix/steps.ts).
// What differs between the majors is in sdk.go.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"time"
)

type fields map[string]any

const (
	app       = "shop"
	eventType = "invoice.paid"
)

var (
	ctx         = context.Background()
	path        = os.Getenv("RECEIVER_PATH")
	url         = os.Getenv("RECEIVER_URL") + path
	svix        = client(os.Getenv("SIGNPOST_KEY"))
	stdin       = bufio.NewReader(os.Stdin)
	otherSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x07", 24)))
	schemas     = map[string]any{"1": fields{
		"type":       "object",
		"properties": fields{"amount": fields{"type": "integer"}},
		"examples":   []any{fields{"amount": 5}},
	}}

	endpoint, message, attempt, oldSecret, newSecret, failing, task, example string
	portal                                                                   *Client
)

func tell(line fields) {
	bytes, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(bytes))
}

// Runs one step; whatever it fails with is its result.
func step(name string, run func() (fields, error)) {
	result, err := run()
	if err != nil {
		tell(fields{"step": name, "error": err.Error() + " " + bodyOf(err)})
		return
	}
	if result == nil {
		result = fields{}
	}
	tell(fields{"step": name, "result": result})
}

// An answer of the test: of a delivery what arrived.
type answer struct {
	Error   string            `json:"error"`
	Headers map[string]string `json:"headers"`
	Custom  map[string]string `json:"custom"`
	Body    string            `json:"body"`
}

func ask(question fields) (answer, error) {
	tell(question)
	var given answer
	line, err := stdin.ReadBytes('\n')
	if err != nil {
		return given, err
	}
	if err := json.Unmarshal(line, &given); err != nil {
		return given, err
	}
	if given.Error != "" {
		return given, errors.New(given.Error)
	}
	return given, nil
}

func delivery(count int) (answer, error) {
	return ask(fields{"ask": "delivery", "application": app, "path": path, "count": count})
}

func known() error {
	_, err := ask(fields{"ask": "known", "application": app})
	return err
}

func fate(message string, status int) error {
	_, err := ask(fields{"ask": "fate", "application": app, "message": message, "status": status})
	return err
}

// The error that a call has to end with, as the SDK gives it.
func failure(err error) (fields, error) {
	if err == nil {
		return nil, errors.New("it did not fail")
	}
	var body struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if parsed := json.Unmarshal([]byte(bodyOf(err)), &body); parsed != nil {
		return nil, fmt.Errorf("%w: %w", err, parsed)
	}
	return fields{"status": statusOf(err), "code": body.Code, "detail": body.Detail}, nil
}

func verifies(secret string, sent answer, more string) bool {
	headers := http.Header{}
	for name, value := range sent.Headers {
		headers.Set(name, value)
	}
	webhook, err := NewWebhook(secret)
	return err == nil && webhook.Verify([]byte(sent.Body+more), headers) == nil
}

func amountOf(sent answer) any {
	var body fields
	if json.Unmarshal([]byte(sent.Body), &body) != nil {
		return nil
	}
	return body["amount"]
}

func invoice(amount int) MessageIn {
	return MessageIn{
		EventType: eventType,
		EventId:   ptr(fmt.Sprintf("invoice-%d", amount-11)),
		Channels:  []string{"eu"},
		Payload:   map[string]any{"amount": amount},
	}
}

func send(amount int) (string, error) {
	out, err := svix.Message.Create(ctx, app, invoice(amount), nil)
	if err != nil {
		return "", err
	}
	return out.Id, nil
}

func ptr[T any](value T) *T { return &value }

func main() {
	applications()
	eventTypes()
	endpoints()
	messages()
	attempts()
	rotation()
	redelivery()
	expunge()
	portals()
	mistakes()
	ends()
}

func applications() {
	step("health.get", func() (fields, error) { return nil, svix.Health.Get(ctx) })
	step("application.create", func() (fields, error) {
		in := ApplicationIn{Name: "Shop", Uid: ptr(app), Metadata: &map[string]string{"plan": "pro"}}
		out, err := svix.Application.Create(ctx, in, nil)
		if err != nil {
			return nil, err
		}
		created := out.CreatedAt.Format(time.RFC3339)
		return fields{"id": out.Id, "uid": out.Uid, "name": out.Name, "plan": out.Metadata["plan"], "createdAt": created}, nil
	})
	step("application.get-or-create", func() (fields, error) {
		out, err := svix.Application.GetOrCreate(ctx, ApplicationIn{Name: "Another name", Uid: ptr(app)}, nil)
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "name": out.Name}, nil
	})
	step("application.get", func() (fields, error) {
		out, err := svix.Application.Get(ctx, app)
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "uid": out.Uid}, nil
	})
	step("application.update", func() (fields, error) {
		return nameOf(upsertApplication(app, ApplicationIn{Name: "Shop, replaced", Uid: ptr(app)}))
	})
	step("application.upsert", func() (fields, error) {
		return nameOf(upsertApplication("second", ApplicationIn{Name: "Second", Uid: ptr("second")}))
	})
	step("application.patch", func() (fields, error) {
		return nameOf(svix.Application.Patch(ctx, app, ApplicationPatch{Name: ptr("Shop, patched")}))
	})
	step("application.list", func() (fields, error) {
		uids, pages := []string{}, 0
		options := &ApplicationListOptions{Limit: ptr(uint64(1))}
		for done := false; !done; pages++ {
			page, err := svix.Application.List(ctx, options)
			if err != nil {
				return nil, err
			}
			for _, each := range page.Data {
				uids = append(uids, *each.Uid)
			}
			options.Iterator, done = page.Iterator, page.Done
		}
		sort.Strings(uids)
		return fields{"uids": uids, "pages": pages}, nil
	})
	step("application.delete", func() (fields, error) { return nil, svix.Application.Delete(ctx, "second") })
}

func nameOf(out *ApplicationOut, err error) (fields, error) {
	if err != nil {
		return nil, err
	}
	return fields{"id": out.Id, "name": out.Name, "uid": out.Uid}, nil
}

func eventTypes() {
	described := func(out *EventTypeOut, err error) (fields, error) {
		if err != nil {
			return nil, err
		}
		return fields{"description": out.Description}, nil
	}
	step("event-type.create", func() (fields, error) {
		in := EventTypeIn{Name: eventType, Description: "An invoice was paid", Schemas: &schemas}
		out, err := svix.EventType.Create(ctx, in, nil)
		if err != nil {
			return nil, err
		}
		return fields{"name": out.Name, "description": out.Description, "archived": *out.Archived}, nil
	})
	step("event-type.get", func() (fields, error) {
		out, err := svix.EventType.Get(ctx, eventType)
		if err != nil {
			return nil, err
		}
		versions := []string{}
		for version := range *out.Schemas {
			versions = append(versions, version)
		}
		return fields{"name": out.Name, "versions": versions}, nil
	})
	step("event-type.update", func() (fields, error) { return described(upsertEventType("Replaced")) })
	step("event-type.patch", func() (fields, error) {
		return described(svix.EventType.Patch(ctx, eventType, EventTypePatch{Description: ptr("Patched")}))
	})
	step("event-type.list", func() (fields, error) { return typesOf(svix) })
}

func typesOf(client *Client) (fields, error) {
	listed, err := client.EventType.List(ctx, &EventTypeListOptions{WithContent: ptr(true)})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, each := range listed.Data {
		names = append(names, each.Name)
	}
	return fields{"names": names}, nil
}

func endpoints() {
	described := func(out *EndpointOut, err error) (fields, error) {
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "description": out.Description, "eventTypes": eventTypesOf(out)}, nil
	}
	step("endpoint.create", func() (fields, error) {
		out, err := createEndpoint(map[string]string{"team": "billing"})
		if err != nil {
			return nil, err
		}
		endpoint = out.Id
		return fields{
			"id": out.Id, "uid": out.Uid, "url": out.Url, "description": out.Description, "eventTypes": eventTypesOf(out),
			"channels": out.Channels, "disabled": *out.Disabled, "team": out.Metadata["team"],
		}, nil
	})
	step("endpoint.get", func() (fields, error) {
		out, err := svix.Endpoint.Get(ctx, app, "main")
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "eventTypes": eventTypesOf(out)}, nil
	})
	step("endpoint.update", func() (fields, error) { return described(upsertEndpoint("Replaced")) })
	step("endpoint.patch", func() (fields, error) {
		return described(svix.Endpoint.Patch(ctx, app, endpoint, EndpointPatch{Description: ptr("Patched")}))
	})
	step("endpoint.list", func() (fields, error) { return endpointsOf(svix) })
	step("endpoint.set-headers", func() (fields, error) {
		return nil, setHeaders(map[string]string{"x-shop": "one", "authorization": "Bearer secret"})
	})
	headers := func() (fields, error) {
		out, err := svix.Endpoint.GetHeaders(ctx, app, endpoint)
		if err != nil {
			return nil, err
		}
		return fields{"headers": out.Headers, "sensitive": out.Sensitive}, nil
	}
	step("endpoint.get-headers", headers)
	step("endpoint.patch-headers", func() (fields, error) {
		return nil, patchHeaders(map[string]string{"x-second": "two"}, []string{"x-shop"})
	})
	step("endpoint.get-headers-again", headers)
	step("endpoint.get-secret", func() (fields, error) {
		out, err := svix.Endpoint.GetSecret(ctx, app, endpoint)
		if err != nil {
			return nil, err
		}
		oldSecret = out.Key
		return fields{"key": oldSecret}, nil
	})
}

func endpointsOf(client *Client) (fields, error) {
	listed, err := client.Endpoint.List(ctx, app, nil)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, each := range listed.Data {
		ids = append(ids, each.Id)
	}
	return fields{"ids": ids}, nil
}

func messages() {
	once := &MessageCreateOptions{IdempotencyKey: ptr("first-invoice")}
	step("message.create", func() (fields, error) {
		if err := known(); err != nil {
			return nil, err
		}
		out, err := svix.Message.Create(ctx, app, invoice(12), once)
		if err != nil {
			return nil, err
		}
		message = out.Id
		return fields{"id": out.Id, "eventType": out.EventType, "eventId": out.EventId, "channels": out.Channels}, nil
	})
	step("message.create-again", func() (fields, error) {
		out, err := svix.Message.Create(ctx, app, invoice(12), once)
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id}, nil
	})
	step("message.create-conflict", func() (fields, error) {
		_, err := send(12)
		return failure(err)
	})
	step("webhook.verify", func() (fields, error) {
		first, err := delivery(1)
		if err != nil {
			return nil, err
		}
		return fields{
			"id": first.Headers["webhook-id"], "amount": amountOf(first), "own": verifies(oldSecret, first, ""),
			"other": verifies(otherSecret, first, ""), "tampered": verifies(oldSecret, first, " "),
			"header": first.Custom["x-second"],
		}, nil
	})
	step("message.get", func() (fields, error) {
		out, err := svix.Message.Get(ctx, app, message, &MessageGetOptions{WithContent: ptr(true)})
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "eventId": out.EventId, "eventType": out.EventType, "amount": out.Payload["amount"]}, nil
	})
	step("message.list", func() (fields, error) {
		listed, err := svix.Message.List(ctx, app, &MessageListOptions{EventTypes: &[]string{eventType}})
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, each := range listed.Data {
			ids = append(ids, each.Id)
		}
		return fields{"ids": ids}, nil
	})
}

func attempts() {
	step("message-attempt.list-by-endpoint", func() (fields, error) {
		options := &MessageAttemptListByEndpointOptions{Status: ptr(MessageStatus(0))}
		listed, err := svix.MessageAttempt.ListByEndpoint(ctx, app, endpoint, options)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, each := range listed.Data {
			ids = append(ids, each.MsgId)
		}
		first := listed.Data[0]
		return fields{
			"msgIds": ids, "status": first.Status, "statusCode": first.ResponseStatusCode,
			"trigger": first.TriggerType, "url": first.Url,
		}, nil
	})
	step("message-attempt.list-by-msg", func() (fields, error) {
		options := &MessageAttemptListByMsgOptions{Limit: ptr(uint64(10)), EndpointId: ptr("main")}
		listed, err := svix.MessageAttempt.ListByMsg(ctx, app, message, options)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, each := range listed.Data {
			ids = append(ids, each.EndpointId)
		}
		attempt = listed.Data[0].Id
		return fields{"id": attempt, "endpointIds": ids}, nil
	})
	step("message-attempt.get", func() (fields, error) {
		out, err := svix.MessageAttempt.Get(ctx, app, message, attempt, nil)
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "msgId": out.MsgId, "endpointId": out.EndpointId}, nil
	})
	step("message-attempt.list-attempted-messages", func() (fields, error) {
		listed, err := svix.MessageAttempt.ListAttemptedMessages(ctx, app, endpoint, nil)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, each := range listed.Data {
			ids = append(ids, each.Id)
		}
		return fields{"ids": ids, "status": listed.Data[0].Status}, nil
	})
	step("message-attempt.list-attempted-destinations", func() (fields, error) {
		listed, err := svix.MessageAttempt.ListAttemptedDestinations(ctx, app, message, nil)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, each := range listed.Data {
			ids = append(ids, each.Id)
		}
		return fields{"ids": ids, "status": listed.Data[0].Status}, nil
	})
}

func rotation() {
	step("endpoint.rotate-secret", func() (fields, error) {
		answered, err := rotateSecret()
		return fields{"answered": answered}, err
	})
	step("endpoint.get-secret-again", func() (fields, error) {
		out, err := svix.Endpoint.GetSecret(ctx, app, endpoint)
		if err != nil {
			return nil, err
		}
		newSecret = out.Key
		return fields{"key": newSecret}, nil
	})
	step("webhook.verify-rotated", func() (fields, error) {
		if err := known(); err != nil {
			return nil, err
		}
		if _, err := send(13); err != nil {
			return nil, err
		}
		second, err := delivery(2)
		if err != nil {
			return nil, err
		}
		return fields{
			"old": verifies(oldSecret, second, ""), "new": verifies(newSecret, second, ""), "amount": amountOf(second),
		}, nil
	})
}

func redelivery() {
	arrived := func(count int, message string) (fields, error) {
		sent, err := delivery(count)
		if err != nil {
			return nil, err
		}
		if err := fate(message, 0); err != nil {
			return nil, err
		}
		return fields{"id": sent.Headers["webhook-id"], "verified": verifies(newSecret, sent, "")}, nil
	}
	step("message-attempt.resend", func() (fields, error) { return nil, resend() })
	step("message-attempt.list-resent", func() (fields, error) {
		resent, err := delivery(3)
		if err != nil {
			return nil, err
		}
		if _, err := ask(fields{"ask": "attempts", "application": app, "message": message, "count": 2}); err != nil {
			return nil, err
		}
		listed, err := svix.MessageAttempt.ListByMsg(ctx, app, message, nil)
		if err != nil {
			return nil, err
		}
		triggers := []int{}
		for _, each := range listed.Data {
			triggers = append(triggers, int(each.TriggerType))
		}
		sort.Ints(triggers)
		return fields{"webhookId": resent.Headers["webhook-id"], "triggers": triggers}, nil
	})
	step("message.create-failing", func() (fields, error) {
		_, err := ask(fields{"ask": "fail-once", "application": app, "endpoint": endpoint, "path": path})
		if err != nil {
			return nil, err
		}
		failing, err = send(14)
		return fields{"id": failing}, err
	})
	step("endpoint.recover", func() (fields, error) {
		if err := fate(failing, 2); err != nil {
			return nil, err
		}
		out, err := svix.Endpoint.Recover(ctx, app, endpoint, RecoverIn{Since: time.Now().Add(-time.Hour)}, nil)
		if err != nil {
			return nil, err
		}
		task = out.Id
		return fields{"id": out.Id, "status": out.Status, "task": out.Task}, nil
	})
	step("webhook.verify-recovered", func() (fields, error) { return arrived(5, failing) })
	step("background-task.get", func() (fields, error) {
		out, err := svix.BackgroundTask.Get(ctx, task)
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "status": out.Status}, nil
	})
	step("endpoint.send-example", func() (fields, error) {
		out, err := svix.Endpoint.SendExample(ctx, app, endpoint, EventExampleIn{EventType: eventType}, nil)
		if err != nil {
			return nil, err
		}
		example = out.Id
		return fields{"id": out.Id, "eventType": out.EventType}, nil
	})
	step("webhook.verify-example", func() (fields, error) { return arrived(6, example) })
	step("endpoint.get-stats", func() (fields, error) {
		out, err := svix.Endpoint.GetStats(ctx, app, endpoint, nil)
		if err != nil {
			return nil, err
		}
		return fields{"success": out.Success, "fail": out.Fail, "pending": out.Pending, "sending": out.Sending}, nil
	})
}

func expunge() {
	step("message-attempt.expunge-content", func() (fields, error) {
		return nil, svix.MessageAttempt.ExpungeContent(ctx, app, message, attempt)
	})
	step("message.expunge-content", func() (fields, error) { return nil, svix.Message.ExpungeContent(ctx, app, message) })
	step("message.get-expunged", func() (fields, error) {
		out, err := svix.Message.Get(ctx, app, message, &MessageGetOptions{WithContent: ptr(true)})
		if err != nil {
			return nil, err
		}
		return fields{"id": out.Id, "amount": out.Payload["amount"]}, nil
	})
}

func portals() {
	step("authentication.app-portal-access", func() (fields, error) {
		out, err := svix.Authentication.AppPortalAccess(ctx, app, AppPortalAccessIn{}, nil)
		if err != nil {
			return nil, err
		}
		portal = client(out.Token)
		return fields{"token": out.Token, "url": out.Url}, nil
	})
	if portal == nil {
		return
	}
	step("portal.endpoint.list", func() (fields, error) { return endpointsOf(portal) })
	step("portal.event-type.list", func() (fields, error) { return typesOf(portal) })
	step("portal.application.list", func() (fields, error) {
		_, err := portal.Application.List(ctx, nil)
		return failure(err)
	})
	step("portal.authentication.logout", func() (fields, error) { return nil, portal.Authentication.Logout(ctx, nil) })
	step("portal.after-logout", func() (fields, error) {
		_, err := portal.Endpoint.List(ctx, app, nil)
		return failure(err)
	})
}

func mistakes() {
	step("error.unauthorised", func() (fields, error) {
		_, err := client("wrong").Application.List(ctx, nil)
		return failure(err)
	})
	step("error.not-found", func() (fields, error) {
		_, err := svix.Application.Get(ctx, "nobody")
		return failure(err)
	})
	step("error.conflict", func() (fields, error) {
		_, err := svix.Application.Create(ctx, ApplicationIn{Name: "Twice", Uid: ptr(app)}, nil)
		return failure(err)
	})
	step("error.validation", func() (fields, error) {
		_, err := svix.Endpoint.Create(ctx, app, EndpointIn{Url: url, Channels: []string{"no channel"}}, nil)
		var body struct {
			Detail []struct {
				Loc []string `json:"loc"`
				Msg string   `json:"msg"`
			} `json:"detail"`
		}
		if parsed := json.Unmarshal([]byte(bodyOf(err)), &body); parsed != nil {
			return nil, fmt.Errorf("%w: %w", err, parsed)
		}
		return fields{"status": statusOf(err), "loc": body.Detail[0].Loc, "message": body.Detail[0].Msg}, nil
	})
}

func ends() {
	step("endpoint.delete", func() (fields, error) { return nil, svix.Endpoint.Delete(ctx, app, endpoint) })
	step("endpoint.get-deleted", func() (fields, error) {
		_, err := svix.Endpoint.Get(ctx, app, endpoint)
		return failure(err)
	})
	step("event-type.delete", func() (fields, error) { return nil, svix.EventType.Delete(ctx, eventType, nil) })
}
