import { memoryStt, memoryTts } from './memory.ts';
import { describeSttContract } from './stt-contract.ts';
import { describeTtsContract } from './tts-contract.ts';

describeSttContract('the fake in memory, endpointed by the hub', async () => memoryStt('hub'));
describeSttContract('the fake in memory, endpointed by itself', async () => memoryStt('vendor'));
describeTtsContract('the fake in memory, word by word', async () => memoryTts(true), { exact: true });
describeTtsContract('the fake in memory, whole texts', async () => memoryTts(false), { exact: true });
