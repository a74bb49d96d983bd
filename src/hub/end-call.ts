import type { CallsPort } from '../api/ports.ts';
import type { CallRecordStore } from '../calls/record.ts';
import type { CallRegistry } from '../calls/registry.ts';

export interface EndCallDeps {
  registry: Pick<CallRegistry, 'get'>;
  records: Pick<CallRecordStore, 'get'>;
  /** Dialouts of all nodes; undefined where the hub places no calls. */
  dialouts?: { cancel(id: string, by: string): Promise<'cancelled' | 'ended' | 'unknown'> } | undefined;
}

/** How an API client ends a call: a dialout wherever it stands, another call where it is one of this node. */
export function endCall({ registry, records, dialouts }: EndCallDeps): CallsPort['end'] {
  return async (id, by) => {
    const dialout = (await dialouts?.cancel(id, by)) ?? 'unknown';
    if (dialout !== 'unknown') return dialout === 'ended' ? 'ended' : 'ending';
    const live = registry.get(id);
    if (live !== undefined && live.record.state !== 'ended') {
      live.terminate({ category: 'api', by: 'operator', text: `API client '${by}' ended the call` });
      return 'ending';
    }
    if (live !== undefined) return 'ended';
    const record = await records.get(id);
    if (record === undefined) return 'unknown';
    return record.state === 'ended' ? 'ended' : 'elsewhere';
  };
}
