import { describe, expect, it } from 'vitest';
import { reasonHeader } from './reason-header.ts';

describe('reasonHeader', () => {
  it('passes the reason of a bot on, in a quoted string that it cannot break out of', () => {
    const value = reasonHeader({ category: 'bot-hangup', by: 'bot', text: 'done "now"\r\nX-Evil: 1' });
    expect(value).toBe('SIP;cause=200;text="done \\"now\\" X-Evil: 1"');
  });

  it('tells strangers the kind of failure and nothing of its inside', () => {
    const text = 'connect ECONNREFUSED 10.0.0.7:8090';
    expect(reasonHeader({ category: 'bot-failure', by: 'hub', text })).toBe('SIP;cause=503;text="Bot unavailable"');
  });

  it('names the final status of a call that was never answered', () => {
    const value = reasonHeader({ category: 'rejected', by: 'hub', text: 'x', sipStatus: 404 });
    expect(value).toBe('SIP;cause=404;text="Rejected"');
  });
});
