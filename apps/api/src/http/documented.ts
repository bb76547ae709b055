export { Documented } from '@signpost/runtime';
