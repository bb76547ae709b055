import type { Dialogue } from './dialogues.js';

/** Written for this project, for machines without a dataset of real conversations. */
export const SAMPLE_DIALOGUES: readonly Dialogue[] = [
  {
    dialogue_id: 'sample-delivery',
    services: ['Parcels'],
    turns: [
      { speaker: 'user', utterance: 'My parcel was due on Tuesday and it still has not come.' },
      { speaker: 'system', utterance: 'I am sorry to hear that. What is the number on your order?' },
      { speaker: 'user', utterance: 'It starts with 77 and ends with 4183.' },
      {
        speaker: 'system',
        utterance: 'It is at the depot in Leeds and will be with you tomorrow before noon.',
        service_call: { service: 'Parcels', method: 'FindParcel', parameters: { order: '77-4183' } },
        service_results: [{ status: 'at depot', city: 'Leeds', expected: 'tomorrow, before 12:00' }],
      },
      { speaker: 'user', utterance: 'Could the driver leave it with the neighbour at number nine?' },
      {
        speaker: 'system',
        utterance: 'Noted: the driver will ring at number nine if you are out.',
        service_call: {
          service: 'Parcels',
          method: 'ChangeDropOff',
          parameters: { order: '77-4183', place: 'number 9' },
        },
        service_results: [{ accepted: 'true' }],
      },
      { speaker: 'user', utterance: 'Lovely, thanks.' },
      { speaker: 'system', utterance: 'You are welcome. Have a good evening!' },
    ],
  },
  {
    dialogue_id: 'sample-dentist',
    services: ['Appointments'],
    turns: [
      { speaker: 'user', utterance: 'Hi, I would like to see the dentist this week.' },
      { speaker: 'system', utterance: 'Of course. Is it urgent, or a check-up?' },
      { speaker: 'user', utterance: 'A filling came out, so rather soon please 😬' },
      {
        speaker: 'system',
        utterance: 'Dr Okafor has Thursday at 8:20 or Friday at 16:40. Which suits you?',
        service_call: {
          service: 'Appointments',
          method: 'FindSlots',
          parameters: { reason: 'filling', within_days: '5' },
        },
        service_results: [
          { doctor: 'Okafor', day: 'Thursday', time: '08:20' },
          { doctor: 'Okafor', day: 'Friday', time: '16:40' },
        ],
      },
      { speaker: 'user', utterance: 'Thursday.' },
      {
        speaker: 'system',
        utterance: 'That slot has just been taken, I am afraid. Friday at 16:40 is still free.',
        service_call: { service: 'Appointments', method: 'Book', parameters: { day: 'Thursday', time: '08:20' } },
        service_results: [],
      },
      { speaker: 'user', utterance: 'Then Friday it is.' },
      {
        speaker: 'system',
        utterance: 'Booked: Friday, 16:40, with Dr Okafor.',
        service_call: { service: 'Appointments', method: 'Book', parameters: { day: 'Friday', time: '16:40' } },
        service_results: [{ reference: 'DX-2291' }],
      },
    ],
  },
  {
    dialogue_id: 'sample-broadband',
    services: ['Broadband'],
    turns: [
      { speaker: 'user', utterance: 'The internet has been dropping every few minutes since this morning.' },
      {
        speaker: 'system',
        utterance: 'I can see the drops on your line. Is the box in the hallway blinking amber?',
        service_call: { service: 'Broadband', method: 'TestLine', parameters: { account: 'M-50917' } },
        service_results: [{ drops_today: '23', signal: 'weak' }],
      },
      { speaker: 'user', utterance: 'Amber, yes, and I have already switched it off and on again.' },
      { speaker: 'system', utterance: 'Then it needs an engineer. Tomorrow between two and four?' },
      { speaker: 'user', utterance: 'Yes — but ask them to phone first, the bell does not work.' },
      {
        speaker: 'system',
        utterance: 'Done. They will call you a quarter of an hour before they arrive.',
        service_call: {
          service: 'Broadband',
          method: 'SendEngineer',
          parameters: { account: 'M-50917', window: '14:00-16:00', note: 'phone first' },
        },
        service_results: [{ visit: 'V-1180', window: '14:00-16:00' }],
      },
    ],
  },
  {
    dialogue_id: 'sample-recipe',
    services: [],
    turns: [
      { speaker: 'user', utterance: '¿Me recomiendas algo sencillo para cenar?' },
      { speaker: 'system', utterance: 'Claro. ¿Qué tienes en la nevera?' },
      { speaker: 'user', utterance: 'Huevos, patatas y media cebolla.' },
      { speaker: 'system', utterance: '¡Pues una tortilla! En veinticinco minutos está lista.' },
    ],
  },
];
