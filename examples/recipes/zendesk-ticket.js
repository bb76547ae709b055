// Zendesk: a ticket for each conversation that needs a person.
// URL of the endpoint: https://<your subdomain>.zendesk.com/api/v2/tickets.json
// Authentication: basic, <e-mail>/token and an API token
// Event types: handoff.requested

function handler(webhook) {
  if (webhook.eventType !== 'handoff.requested') {
    webhook.cancel = true;
    return webhook;
  }
  const {
    handoffId,
    summary,
    customer,
    priority,
    classification,
    attempted,
    transcript = [],
    conversationId,
  } = webhook.payload.data;
  webhook.payload = {
    ticket: {
      subject: subject(classification, customer),
      comment: { body: body(summary, attempted, transcript), public: false },
      priority,
      type: 'incident',
      tags: ['chatbot', tag(classification.intent)],
      external_id: handoffId ?? conversationId,
      ...(customer.email ? { requester: { name: customer.name ?? customer.email, email: customer.email } } : {}),
    },
  };
  // Zendesk makes one ticket of the same key, however often it is sent.
  webhook.headers['idempotency-key'] = handoffId;
  return webhook;
}

const subject = ({ topic, intent }, { name, id }) => `${topic ?? intent}: ${name ?? id}`;
const tag = (text) => text.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_');

function body(summary, attempted, transcript) {
  const tried = attempted.map(
    ({ action, outcome, detail }) => `- ${action}: ${outcome}${detail ? ` (${detail})` : ''}`,
  );
  const said = transcript.map(({ speaker, text }) => `${speaker}: ${text}`);
  return [
    summary,
    ...(tried.length > 0 ? ['', 'What the bot tried:', ...tried] : []),
    ...(said.length > 0 ? ['', 'The conversation:', ...said] : []),
  ].join('\n');
}
