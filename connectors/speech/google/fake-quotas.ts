import type { Clock } from '../../../src/clock.ts';
import { MinuteQuota } from '../../../src/testing-quota.ts';
import { GRPC, type GrpcStatus } from './status.ts';

/** What a project has unless its owner has asked for more; a stream counts as one request. */
export const GOOGLE_LIMITS = {
  /** "Quotas and limits", requests: https://cloud.google.com/speech-to-text/quotas (v1), https://cloud.google.com/speech-to-text/v2/quotas */
  recognitionsPerMinute: { v1: 900, v2: 3_000 },
  /** Streams of a region at a time, likewise. */
  recognitionsAtATime: 300,
  /** "Requests limit": https://cloud.google.com/text-to-speech/quotas */
  synthesesPerMinute: { Chirp3: 200, Studio: 500, Neural2: 1_000, Polyglot: 1_000 },
  allSynthesesPerMinute: 1_000,
  streamedSynthesesAtATime: 100,
} as const;

type VoiceFamily = keyof typeof GOOGLE_LIMITS.synthesesPerMinute;

/** The quotas of a project at Google, as a fake counts them. */
export class GoogleQuotas {
  readonly recognitions: Readonly<Record<'v1' | 'v2', MinuteQuota>>;
  readonly syntheses: MinuteQuota;
  readonly families: Readonly<Record<VoiceFamily, MinuteQuota>>;
  recognitionsAtATime: number = GOOGLE_LIMITS.recognitionsAtATime;
  streamedSynthesesAtATime: number = GOOGLE_LIMITS.streamedSynthesesAtATime;

  constructor(clock: Clock) {
    const { recognitionsPerMinute, allSynthesesPerMinute, synthesesPerMinute } = GOOGLE_LIMITS;
    const quota = (limit: number) => new MinuteQuota(limit, clock);
    this.recognitions = { v1: quota(recognitionsPerMinute.v1), v2: quota(recognitionsPerMinute.v2) };
    this.syntheses = quota(allSynthesesPerMinute);
    this.families = {
      Chirp3: quota(synthesesPerMinute.Chirp3),
      Studio: quota(synthesesPerMinute.Studio),
      Neural2: quota(synthesesPerMinute.Neural2),
      Polyglot: quota(synthesesPerMinute.Polyglot),
    };
  }

  /** The owner of the project was given all that he asked for. */
  raise(): void {
    for (const quota of [...Object.values(this.recognitions), this.syntheses, ...Object.values(this.families)]) {
      quota.limit = Number.POSITIVE_INFINITY;
    }
    this.recognitionsAtATime = Number.POSITIVE_INFINITY;
    this.streamedSynthesesAtATime = Number.POSITIVE_INFINITY;
  }

  /** What one more stream of recognition is refused with. */
  recognition(api: 'v1' | 'v2', open: number): GrpcStatus | undefined {
    if (open >= this.recognitionsAtATime)
      return exceeded('speech', 'concurrent_streaming_requests', 'StreamingSessions');
    if (this.recognitions[api].take()) return undefined;
    return exceeded('speech', 'default_requests', 'DefaultRequestsPerMinutePerProject');
  }

  /** What a text is refused with, in a voice of this name. */
  synthesis(voice: string, streamsOpen: number | undefined): GrpcStatus | undefined {
    if (streamsOpen !== undefined && streamsOpen >= this.streamedSynthesesAtATime) {
      return exceeded('texttospeech', 'concurrent_streaming_sessions', 'ConcurrentStreamingSessionsPerProject');
    }
    const family = familyOf(voice);
    if (family !== undefined && !this.families[family].take()) {
      return exceeded('texttospeech', `${family.toLowerCase()}_requests`, `${family}RequestsPerMinutePerProject`);
    }
    if (this.syntheses.take()) return undefined;
    return exceeded('texttospeech', 'default_requests', 'RequestsPerMinutePerProject');
  }
}

function familyOf(voice: string): VoiceFamily | undefined {
  return (['Chirp3', 'Studio', 'Neural2', 'Polyglot'] as const).find((family) => voice.includes(`-${family}-`));
}

function exceeded(service: string, metric: string, limit: string): GrpcStatus {
  const of = `${service}.googleapis.com`;
  return {
    code: GRPC.RESOURCE_EXHAUSTED,
    details: `Quota exceeded for quota metric '${of}/${metric}' and limit '${limit}' of service '${of}' for consumer 'project_number:1'.`,
  };
}
