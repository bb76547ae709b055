// Publishes a rating through a topic of the platform's own, with the CloudEvents SDK.
//
//	KAFKA_BROKERS=localhost:9092 TOPIC=platform.events APPLICATION=app_… go run .
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
)

const conversation = "cnv_7Q2m"

func main() {
	config := sarama.NewConfig()
	config.Version = sarama.V2_4_0_0
	config.Producer.RequiredAcks = sarama.WaitForAll
	sender, err := kafka_sarama.NewSender(strings.Split(os.Getenv("KAFKA_BROKERS"), ","), config, os.Getenv("TOPIC"))
	if err != nil {
		log.Fatal(err)
	}
	defer sender.Close(context.Background())
	client, err := cloudevents.NewClient(sender)
	if err != nil {
		log.Fatal(err)
	}

	now := time.Now().UTC()
	event := cloudevents.NewEvent()
	event.SetID(fmt.Sprintf("rating-%d", now.UnixMilli()))
	event.SetSource("/examples/go")
	event.SetType("rating.submitted")
	// Whose event it is: the application's id, or its uid where ingest is told the organisation.
	event.SetExtension("application", os.Getenv("APPLICATION"))
	// Events of one conversation keep their order.
	event.SetExtension("conversation", conversation)
	// The payload as it is delivered.
	err = event.SetData(cloudevents.ApplicationJSON, map[string]any{
		"type":      "rating.submitted",
		"timestamp": now.Format(time.RFC3339Nano),
		"data": map[string]any{
			"conversationId": conversation, "score": 4, "comment": "Quick, though it asked for the date twice.",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Headers and the payload by itself, which is what the SDK sends unless it is told otherwise.
	ctx := kafka_sarama.WithMessageKey(binding.WithForceBinary(context.Background()), sarama.StringEncoder(conversation))
	if result := client.Send(ctx, event); cloudevents.IsUndelivered(result) {
		log.Fatal(result)
	}
	fmt.Println("published", event.ID())
}
