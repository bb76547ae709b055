import { describe, expect, it } from '@jest/globals';
import { belongsToIngest } from './proxy.js';

describe('belongsToIngest', () => {
  it.each([
    ['POST', '/api/v1/app/app_1/msg', true],
    ['POST', '/api/v1/app/app_1/msg?with_content=false', true],
    ['POST', '/api/v1/app/a.customer-7/msg/batch', true],
    ['POST', '/api/v1/app/app_1/msg/', true],
    ['GET', '/api/v1/app/app_1/msg', false],
    ['POST', '/api/v1/app/app_1/msg/msg_1/endpoint/ep_1/resend', false],
    ['POST', '/api/v1/app/msg', false],
    ['POST', '/api/v1/app', false],
    ['POST', '/api/v1/app/app_1/endpoint?x=/api/v1/app/a/msg', false],
  ])('%s %s: %s', (method, url, expected) => {
    expect(belongsToIngest(method, url)).toBe(expected);
  });
});
