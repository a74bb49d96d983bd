/**
 * Which group of API clients may do what. A client of several groups may do what any of them may; `administrator` may
 * everything. Each route of the API names the one group that it needs; this table is what the documentation shows.
 */
export const clientGroups = {
  callControl: 'places calls (dialout), ends them and cancels dialouts; starts, stops, pauses and resumes recordings',
  callDataManager:
    'reads call records: parties, times, transcripts, statuses of dialouts; hears and deletes recordings',
  monitor:
    'reads metrics, live events of dialouts and speech failovers, the state of SIP connections and the explanation of routing decisions',
  administrator: 'everything, and manages API clients and checks bots',
} as const;

export type ClientGroup = keyof typeof clientGroups;

export const groupNames = Object.keys(clientGroups) as [ClientGroup, ...ClientGroup[]];

export function isClientGroup(name: string): name is ClientGroup {
  return Object.hasOwn(clientGroups, name);
}

/** True where a member of `groups` may use what `needed` may use. */
export function grants(groups: readonly ClientGroup[], needed: ClientGroup): boolean {
  return groups.includes(needed) || groups.includes('administrator');
}
