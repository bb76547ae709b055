// HubSpot: a contact for each lead, made or brought up to date by its e-mail address.
// URL of the endpoint: https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert
// Authentication: bearer, with the access token of a private app (crm.objects.contacts.write)
// Event types: lead.captured

function handler(webhook) {
  const { contact, qualification, conversationId } = webhook.payload.data;
  // Without an address HubSpot cannot tell whose contact it is.
  if (webhook.eventType !== 'lead.captured' || !contact.email) {
    webhook.cancel = true;
    return webhook;
  }
  const [firstname, ...rest] = (contact.name ?? '').trim().split(/\s+/);
  webhook.payload = {
    inputs: [
      {
        id: contact.email,
        idProperty: 'email',
        properties: present({
          email: contact.email,
          firstname,
          lastname: rest.join(' '),
          phone: contact.phone,
          company: contact.company,
          jobtitle: contact.role,
          lifecyclestage: 'lead',
          message: [qualification.interest, qualification.timeframe, `conversation ${conversationId}`]
            .filter(Boolean)
            .join('; '),
        }),
      },
    ],
  };
  return webhook;
}

/** HubSpot clears a property that is empty, so what is not known is left out. */
const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
