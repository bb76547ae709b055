package main

import (
	"errors"
	neturl "net/url"
	"os"

	sdk "github.com/svix/svix-webhooks/go"
	"github.com/svix/svix-webhooks/go/models"
)

type (
	Client                              = sdk.Svix
	ApplicationIn                       = models.ApplicationIn
	ApplicationListOptions              = sdk.ApplicationListOptions
	ApplicationOut                      = models.ApplicationOut
	ApplicationPatch                    = models.ApplicationPatch
	AppPortalAccessIn                   = models.AppPortalAccessIn
	EndpointIn                          = models.EndpointIn
	EndpointOut                         = models.EndpointOut
	EndpointPatch                       = models.EndpointPatch
	EventExampleIn                      = models.EventExampleIn
	EventTypeIn                         = models.EventTypeIn
	EventTypeListOptions                = sdk.EventTypeListOptions
	EventTypeOut                        = models.EventTypeOut
	EventTypePatch                      = models.EventTypePatch
	MessageAttemptListByEndpointOptions = sdk.MessageAttemptListByEndpointOptions
	MessageAttemptListByMsgOptions      = sdk.MessageAttemptListByMsgOptions
	MessageCreateOptions                = sdk.MessageCreateOptions
	MessageGetOptions                   = sdk.MessageGetOptions
	MessageIn                           = models.MessageIn
	MessageListOptions                  = sdk.MessageListOptions
	MessageStatus                       = models.MessageStatus
	RecoverIn                           = models.RecoverIn
)

var NewWebhook = sdk.NewWebhook

func client(token string) *Client {
	server, err := neturl.Parse(os.Getenv("SIGNPOST_URL"))
	if err != nil {
		panic(err)
	}
	made, err := sdk.New(token, &sdk.SvixOptions{ServerUrl: server})
	if err != nil {
		panic(err)
	}
	return made
}

func statusOf(err error) int {
	var given *sdk.Error
	if errors.As(err, &given) {
		return given.Status()
	}
	return 0
}

func bodyOf(err error) string {
	var given *sdk.Error
	if errors.As(err, &given) {
		return string(given.Body())
	}
	return ""
}

func eventTypesOf(out *EndpointOut) []string { return out.FilterTypes }

func upsertApplication(uid string, in ApplicationIn) (*ApplicationOut, error) {
	return svix.Application.Update(ctx, uid, in)
}

func upsertEventType(description string) (*EventTypeOut, error) {
	return svix.EventType.Update(ctx, eventType, models.EventTypeUpdate{Description: description, Schemas: &schemas})
}

func createEndpoint(metadata map[string]string) (*EndpointOut, error) {
	return svix.Endpoint.Create(ctx, app, EndpointIn{
		Url:         url,
		Uid:         ptr("main"),
		Description: ptr("Created"),
		FilterTypes: []string{eventType},
		Channels:    []string{"eu"},
		Metadata:    &metadata,
	}, nil)
}

func upsertEndpoint(description string) (*EndpointOut, error) {
	return svix.Endpoint.Update(ctx, app, endpoint, models.EndpointUpdate{
		Url:         url,
		Uid:         ptr("main"),
		Description: &description,
		FilterTypes: []string{eventType},
		Channels:    []string{"eu"},
	})
}

func setHeaders(headers map[string]string) error {
	return svix.Endpoint.UpdateHeaders(ctx, app, endpoint, models.EndpointHeadersIn{Headers: headers})
}

func patchHeaders(headers map[string]string, deleted []string) error {
	patch := models.EndpointHeadersPatchIn{Headers: headers, DeleteHeaders: deleted}
	return svix.Endpoint.PatchHeaders(ctx, app, endpoint, patch)
}

// This major takes nothing from the answer.
func rotateSecret() (any, error) {
	return nil, svix.Endpoint.RotateSecret(ctx, app, endpoint, models.EndpointSecretRotateIn{}, nil)
}

func resend() error {
	_, err := svix.MessageAttempt.Resend(ctx, app, message, endpoint, nil)
	return err
}
