const rejected = {
  id: 'rej_2xV0nUc8Hs3kRw7Bz4Mf6Jq1Ge',
  code: 'event_type_invalid',
  reason:
    'ce_type is "lead captured"; send an event type of 1 to 256 letters, digits, dashes, underscores or full stops',
  source: { topic: 'platform.events', partition: 3, offset: 1_042 },
  position: { partition: 7, offset: 12 },
  rejectedAt: '2026-03-09T14:05:07.000Z',
  redrives: 0,
  isCut: false,
  correctedAt: null,
  correctedBy: null,
  state: 'open',
};

/** Of rejected records, by the names of their schemas. */
export const REJECTED_EXAMPLES = {
  RejectedOut: rejected,
  RejectedContentOut: {
    ...rejected,
    headers: { ce_specversion: '1.0', ce_id: 'evt_9', ce_type: 'lead captured', ce_source: '/crm' },
    value: { text: '{"leadId":"l_1"}', base64: null, bytes: 16, isWhole: true },
    correction: { headers: { ce_type: 'lead.captured' }, value: null },
  },
  RejectedCorrectionIn: { headers: { ce_type: 'lead.captured' } },
};
