/**
 * Names of OpenTelemetry's semantic conventions, and of our own beside them. As text: the package that holds them is not
 * loaded where nothing is traced, and a test holds them against it.
 */
export const ATTRIBUTE = {
  httpRequestMethod: 'http.request.method',
  httpResponseStatus: 'http.response.status_code',
  httpResendCount: 'http.request.resend_count',
  httpRoute: 'http.route',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  urlFull: 'url.full',
  errorType: 'error.type',
  messagingSystem: 'messaging.system',
  messagingOperation: 'messaging.operation.name',
  messagingOperationType: 'messaging.operation.type',
  messagingDestination: 'messaging.destination.name',
  messagingPartition: 'messaging.destination.partition.id',
  messagingGroup: 'messaging.consumer.group.name',
  messagingMessageId: 'messaging.message.id',
  messagingBodySize: 'messaging.message.body.size',
  messagingBatchCount: 'messaging.batch.message_count',
  kafkaOffset: 'messaging.kafka.offset',
  eventType: 'cloudevents.event_type',
} as const;

export const OWN_ATTRIBUTE = {
  messageId: 'signpost.message.id',
  deliveryId: 'signpost.delivery.id',
  endpointId: 'signpost.endpoint.id',
  applicationId: 'signpost.application.id',
  attempt: 'signpost.attempt.number',
  redelivery: 'signpost.redelivery.number',
  /** Where it ends, and with what. */
  fate: 'signpost.delivery.fate',
  deliveries: 'signpost.deliveries',
  lookupMs: 'signpost.attempt.lookup_ms',
  connectMs: 'signpost.attempt.connect_ms',
  tlsMs: 'signpost.attempt.tls_ms',
  firstByteMs: 'signpost.attempt.first_byte_ms',
  /** Told afterwards, since it led to a failure: by what was known of it then. */
  reconstructed: 'signpost.reconstructed',
} as const;
