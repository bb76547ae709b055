// Segment: every event as a track call.
// URL of the endpoint: https://api.segment.io/v1/track
// Authentication: basic, the source's write key as the user name and no password
// Event types: any

function handler(webhook) {
  const { type, timestamp, data } = webhook.payload;
  const { customer, contact, transcript, ...properties } = data;
  const userId = customer?.id ?? data.userId;
  webhook.payload = {
    event: named(type),
    // Who is not known is told apart by the conversation.
    ...(userId ? { userId } : { anonymousId: data.conversationId ?? type }),
    properties: { ...properties, ...(transcript ? { turns: transcript.length } : {}) },
    context: {
      library: { name: 'signpost', version: '1' },
      ...(contact || customer ? { traits: traits(contact ?? customer) } : {}),
    },
    timestamp,
  };
  return webhook;
}

/** "rating.submitted" is "Rating Submitted", as Segment recommends. */
const named = (type) =>
  type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
const traits = ({ name, email, phone }) =>
  Object.fromEntries(Object.entries({ name, email, phone }).filter(([, value]) => value !== undefined));
