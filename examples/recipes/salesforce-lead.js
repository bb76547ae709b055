// Salesforce: a Lead for each captured lead. What is sent twice makes two, unless a duplicate rule of yours says otherwise.
// URL of the endpoint: https://<your domain>.my.salesforce.com/services/data/v64.0/composite/sobjects
// Authentication: oauth2 client credentials of a connected app, token URL https://<your domain>/services/oauth2/token
// Event types: lead.captured

const SOURCE = 'Chatbot';

function handler(webhook) {
  if (webhook.eventType !== 'lead.captured') {
    webhook.cancel = true;
    return webhook;
  }
  const { contact, qualification, transcript, conversationId } = webhook.payload.data;
  const names = (contact.name ?? '').trim().split(/\s+/);
  const lastName = names.pop() || contact.email || contact.phone || 'unknown';
  webhook.payload = {
    allOrNone: true,
    records: [
      present({
        attributes: { type: 'Lead' },
        LastName: cut(lastName, 80),
        FirstName: cut(names.join(' '), 40),
        // Salesforce takes no lead without one.
        Company: cut(contact.company || 'not known', 255),
        Title: cut(contact.role, 128),
        Email: cut(contact.email, 80),
        Phone: cut(contact.phone, 40),
        LeadSource: SOURCE,
        Rating: rating(qualification.score),
        Description: cut(
          [
            qualification.interest && `Wants: ${qualification.interest}`,
            qualification.budget && `Budget: ${qualification.budget}`,
            qualification.timeframe && `When: ${qualification.timeframe}`,
            `Conversation: ${conversationId}`,
            '',
            ...transcript.map(({ speaker, text }) => `${speaker}: ${text}`),
          ]
            .filter((line) => line !== undefined)
            .join('\n'),
          32000,
        ),
      }),
    ],
  };
  return webhook;
}

const rating = (score) => (score >= 70 ? 'Hot' : score >= 40 ? 'Warm' : 'Cold');
const cut = (text, most) => (text ? text.slice(0, most) : undefined);
const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
