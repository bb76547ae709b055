// A file of its own, so that the published package keeps the catalogue out of what every command loads.
export { EVENT_CATALOGUE } from '@signpost/domain';
