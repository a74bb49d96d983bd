import type { Finding } from '../../doctor/check.ts';
import { TONE_MS, TRIAL_KEYS, type TrialCall } from '../../doctor/trial-call.ts';

/** What a trial call tells. */
export function trialFinding({ heardMs, keys, setupMs, firstAudioMs }: TrialCall): Finding {
  const heard = (ms: number) => ms >= 0.8 * TONE_MS;
  if (!heard(heardMs.a) || !heard(heardMs.b)) {
    const advice =
      'RTP does not get through, or the engine does not play what it is sent: look for a firewall between its RTP ports, and at send_silence_when_idle=-1 in the dialplan of FreeSWITCH';
    return {
      status: 'failed',
      message: `of ${TONE_MS} ms of tone ${heardMs.b} and ${heardMs.a} ms were heard`,
      advice,
    };
  }
  const message = `audio flows both ways; set up in ${setupMs} ms, first sound after ${firstAudioMs ?? '?'} ms`;
  if (keys === TRIAL_KEYS) return { status: 'ok', message };
  const advice = 'keys are lost or doubled: dtmf-type of the profile has to be rfc2833';
  return { status: 'warning', message: `${message}; of the keys ${TRIAL_KEYS} '${keys}' arrived`, advice };
}
