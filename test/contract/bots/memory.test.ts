import { describeBotContract } from './bot-contract.ts';
import { memoryHarness } from './memory.ts';

describeBotContract('in memory', () => memoryHarness());
