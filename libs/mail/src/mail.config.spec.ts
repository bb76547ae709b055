import { describe, expect, it } from '@jest/globals';
import { loadMailConfig } from './mail.config.js';

describe('the mail settings', () => {
  it('send no mail unless a server is named', () => {
    expect(loadMailConfig({ SMTP_URL: '', MAIL_FROM: 'a@example.com' })).toEqual({});
  });

  it('name a server and a sender', () => {
    const url = 'smtps://user:word@mail.example.com:465';
    expect(loadMailConfig({ SMTP_URL: url, MAIL_FROM: 'a@example.com' })).toEqual({
      server: { url, from: 'a@example.com' },
    });
  });

  it.each([
    [{ SMTP_URL: 'smtp://mail.example.com' }, /MAIL_FROM/],
    [{ SMTP_URL: 'https://mail.example.com', MAIL_FROM: 'a@example.com' }, /SMTP_URL/],
    [{ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'nobody' }, /MAIL_FROM/],
  ])('are refused where they are wrong: %o', (env, name) => {
    expect(() => loadMailConfig(env)).toThrow(name);
  });
});
