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
