// Postmark: an e-mail for each lead and each hand-off.
// URL of the endpoint: https://api.postmarkapp.com/email
// Authentication: header, x-postmark-server-token, the server's token
// Event types: lead.captured, handoff.requested

const FROM = 'Chatbot <bot@example.com>';
const TO = 'sales@example.com';

function handler(webhook) {
  const { type, data } = webhook.payload;
  const mail = mailOf(type, data);
  if (mail === undefined) {
    webhook.cancel = true;
    return webhook;
  }
  webhook.payload = {
    From: FROM,
    To: TO,
    MessageStream: 'outbound',
    Tag: type,
    Metadata: { conversation: data.conversationId },
    ...mail,
  };
  return webhook;
}

function mailOf(type, data) {
  const said = (data.transcript ?? []).map(({ speaker, text }) => `${speaker}: ${text}`);
  switch (type) {
    case 'lead.captured': {
      const { contact, qualification } = data;
      const who = contact.name ?? contact.email ?? contact.phone ?? 'somebody';
      return {
        Subject: oneLine(`A lead: ${who} (${qualification.score} of 100)`),
        ...(contact.email ? { ReplyTo: contact.email } : {}),
        TextBody: [
          ...Object.entries(contact).map(([name, value]) => `${name}: ${value}`),
          '',
          qualification.interest ?? '',
          '',
          ...said,
        ].join('\n'),
      };
    }
    case 'handoff.requested':
      return {
        Subject: oneLine(`A person is needed (${data.priority}): ${data.classification.intent}`),
        TextBody: [data.summary, '', ...said].join('\n'),
      };
    default:
      return undefined;
  }
}

const oneLine = (text) => text.replaceAll(/\s+/g, ' ').slice(0, 200);
