// Whom it all goes to: an endpoint for each recipe, and one that gets what it asks for as it came.
import { readFileSync } from 'node:fs';

const recipe = (name) => readFileSync(new URL(`../recipes/${name}.js`, import.meta.url), 'utf8');

export const ENDPOINTS = [
  { name: 'slack-message', eventTypes: ['handoff.*', 'feedback.*', 'rating.submitted'] },
  { name: 'microsoft-teams', eventTypes: ['rating.*'], filters: [{ json: { data: { score: { $lte: 2 } } } }] },
  { name: 'hubspot-contact', eventTypes: ['lead.captured'] },
  { name: 'salesforce-lead', eventTypes: ['lead.*'], filters: [{ cel: 'data.qualification.score >= 70' }] },
  {
    name: 'zendesk-ticket',
    eventTypes: ['handoff.requested'],
    filters: [{ json: { data: { priority: { $in: ['high', 'urgent'] } } } }],
  },
  { name: 'linear-issue', eventTypes: ['feedback.negative'], filters: [{ cel: 'data.response.confidence < 0.5' }] },
  { name: 'segment-track' },
  { name: 'postmark-email', eventTypes: ['*.captured', 'handoff.*'] },
  { name: 'csv-line' },
].map((endpoint) => ({ ...endpoint, code: recipe(endpoint.name) }));

/** Answers of which the AI was not sure, for whoever looks after it. */
export const UNSURE = {
  name: 'unsure-answers',
  eventTypes: ['message.sent'],
  filters: [{ json: { data: { response: { confidence: { $lt: 0.6 } } } } }],
};
