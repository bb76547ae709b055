// WEBHOOK_SECRETS=whsec_… PORT=8090 go run .
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	mostBytes   = 1 << 20
	mostWaiting = 1000
)

type event struct {
	ID   string `json:"-"`
	Type string `json:"type"`
	Data json.RawMessage
}

type receiver struct {
	// More than one while a secret is rotated, newest first.
	webhooks []*standardwebhooks.Webhook
	// In a real service: a table with webhook-id as its key, and a queue that outlives the process.
	seen    map[string]bool
	taking  sync.Mutex
	waiting chan event
}

func (r *receiver) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	response.WriteHeader(r.take(response, request))
}

func (r *receiver) take(response http.ResponseWriter, request *http.Request) int {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, mostBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest
	}
	if !r.verified(body, request.Header) {
		return http.StatusUnauthorized
	}
	taken := event{ID: request.Header.Get("webhook-id")}
	if json.Unmarshal(body, &taken) != nil || taken.Type == "" {
		return http.StatusBadRequest
	}
	r.taking.Lock()
	defer r.taking.Unlock()
	if r.seen[taken.ID] {
		return http.StatusNoContent
	}
	select {
	case r.waiting <- taken:
		r.seen[taken.ID] = true
		return http.StatusNoContent
	default:
		return http.StatusServiceUnavailable // Signpost comes back later, and slowly.
	}
}

func (r *receiver) verified(body []byte, headers http.Header) bool {
	for _, webhook := range r.webhooks {
		// Over the bytes as they came: a body that was parsed and written again has another signature.
		if webhook.Verify(body, headers) == nil {
			return true
		}
	}
	return false
}

func (r *receiver) work() {
	for each := range r.waiting {
		fmt.Println("worked", each.ID, each.Type)
	}
}

func main() {
	r := &receiver{seen: map[string]bool{}, waiting: make(chan event, mostWaiting)}
	for _, secret := range strings.Fields(os.Getenv("WEBHOOK_SECRETS")) {
		webhook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			log.Fatal(err)
		}
		r.webhooks = append(r.webhooks, webhook)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	go r.work()
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, r))
}
