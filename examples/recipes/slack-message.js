// Slack: a message in the channel of an incoming webhook.
// URL of the endpoint: the incoming webhook's, https://hooks.slack.com/services/…
// Event types: handoff.requested, rating.submitted, feedback.negative, lead.captured

function handler(webhook) {
  const { type, data } = webhook.payload;
  const lines = describe(type, data);
  if (lines === undefined) {
    webhook.cancel = true;
    return webhook;
  }
  const [title, ...rest] = lines;
  webhook.payload = {
    // What a notification shows.
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, 150) } },
      ...rest.filter(Boolean).map((line) => ({ type: 'section', text: { type: 'mrkdwn', text: cut(line, 3000) } })),
      { type: 'context', elements: [{ type: 'mrkdwn', text: escape(`Conversation ${data.conversationId}`) }] },
    ],
  };
  return webhook;
}

function describe(type, data) {
  switch (type) {
    case 'handoff.requested':
      return [`A person is needed (${data.priority})`, escape(data.summary), `*From:* ${person(data.customer)}`];
    case 'rating.submitted':
      return [`Rated ${data.score} of ${data.best ?? 5}`, quoted(data.comment)];
    case 'feedback.negative':
      return [
        'An answer did not help',
        quoted(data.comment),
        data.response && `*It was:* ${escape(data.response.text)}`,
      ];
    case 'lead.captured':
      return [
        `A lead (${data.qualification.score} of 100)`,
        escape(data.qualification.interest ?? ''),
        `*Who:* ${person(data.contact)}`,
      ];
    default:
      return undefined;
  }
}

const person = ({ name, email, phone }) => escape([name, email, phone].filter(Boolean).join(', ') || 'unknown');
const quoted = (text) => text && `>${escape(text).replaceAll('\n', '\n>')}`;
// https://api.slack.com/reference/surfaces/formatting#escaping
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
