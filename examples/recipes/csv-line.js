// A plain line of CSV (RFC 4180), for what appends bodies to a file.
// URL of the endpoint: yours; it gets text/csv
// Event types: rating.submitted, lead.captured

const COLUMNS = {
  'rating.submitted': ({ conversationId, score, best, comment }) => [conversationId, score, best ?? 5, comment],
  'lead.captured': ({ conversationId, contact, qualification }) => [
    conversationId,
    contact.name,
    contact.email,
    contact.phone,
    contact.company,
    qualification.score,
    qualification.interest,
  ],
};

function handler(webhook) {
  const { type, timestamp, data } = webhook.payload;
  const columns = COLUMNS[type];
  if (columns === undefined) {
    webhook.cancel = true;
    return webhook;
  }
  webhook.payload = `${[timestamp, type, ...columns(data)].map(field).join(',')}\r\n`;
  webhook.headers['content-type'] = 'text/csv; charset=utf-8; header=absent';
  return webhook;
}

function field(value) {
  const text = value === undefined || value === null ? '' : String(value);
  // A spreadsheet takes what begins so for a formula, and people type what they like.
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
