import { describe, expect, it } from '@jest/globals';
import { Health } from './health.js';

describe('Health', () => {
  it('is ok without checks', async () => {
    expect(await new Health().ready()).toEqual({ status: 'ok', checks: {} });
  });

  it('names the check that fails and says why', async () => {
    const health = new Health();
    health.addReadiness('kafka', () => Promise.reject(new Error('no broker answers')));
    health.addReadiness('database', () => Promise.resolve());
    expect(await health.ready()).toEqual({ status: 'failing', checks: { kafka: 'no broker answers', database: 'ok' } });
  });

  it('takes a check that never answers as failing', async () => {
    const health = new Health();
    health.addReadiness('kafka', () => new Promise(() => undefined));
    expect((await health.ready(20)).checks).toEqual({ kafka: 'no answer within 20 ms' });
  });

  it('keeps a broken dependency out of liveness', async () => {
    const health = new Health();
    health.addReadiness('kafka', () => Promise.reject(new Error('down')));
    expect((await health.live()).status).toBe('ok');
  });
});
