// Microsoft Teams: an Adaptive Card in a channel, by the workflow "Send webhook alerts to a channel".
// URL of the endpoint: the workflow's, with its query
// Event types: handoff.requested, rating.submitted, lead.captured

function handler(webhook) {
  const { type, data } = webhook.payload;
  const card = describe(type, data);
  if (card === undefined) {
    webhook.cancel = true;
    return webhook;
  }
  const { title, text, facts } = card;
  webhook.payload = {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true },
            ...(text ? [{ type: 'TextBlock', text, wrap: true }] : []),
            {
              type: 'FactSet',
              facts: [...facts, ['Conversation', data.conversationId]]
                .filter(([, value]) => value !== undefined && value !== '')
                .map(([title, value]) => ({ title, value: String(value) })),
            },
          ],
        },
      },
    ],
  };
  return webhook;
}

function describe(type, data) {
  switch (type) {
    case 'handoff.requested':
      return {
        title: 'A person is needed',
        text: data.summary,
        facts: [
          ['Priority', data.priority],
          ['From', data.customer.name ?? data.customer.id],
          ['About', data.classification.intent],
        ],
      };
    case 'rating.submitted':
      return { title: `Rated ${data.score} of ${data.best ?? 5}`, text: data.comment, facts: [] };
    case 'lead.captured':
      return {
        title: 'A lead',
        text: data.qualification.interest,
        facts: [
          ['Score', data.qualification.score],
          ['Name', data.contact.name],
          ['E-mail', data.contact.email],
          ['Company', data.contact.company],
        ],
      };
    default:
      return undefined;
  }
}
