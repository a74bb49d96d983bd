import { describeAudioContract } from './audio-contract.ts';
import { describeBotContract } from './bot-contract.ts';
import { memoryAudioHarness, memoryHarness } from './memory.ts';

describeBotContract('in memory', () => memoryHarness());
describeAudioContract('in memory', () => memoryAudioHarness());
