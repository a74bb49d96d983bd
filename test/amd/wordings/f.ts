import type { WordingBook } from '../wordings.ts';
import { NOTHING } from './nothing.ts';

export const F: WordingBook = {
  en: {
    hello: ['Hello, who is this?', 'Oh, hello.', 'Hey there.', 'Good afternoon.', 'Yes, who is calling?'],
    name: ['Hello, Margaret speaking.', 'Hi, this is Steven.', 'Carter household, hello?', 'Doctor Ellis.'],
    company: [
      'Ridgeway Construction, this is George.',
      'Good morning, Willow Court Nursing Home.',
      'Hello, Baxter and Company, can I help?',
      'Maple Street Bakery, Julie here, what would you like?',
      'Front office, this is Tina, how can I help you?',
      'Good evening, Golden Dragon Restaurant.',
    ],
    business: [
      'Good morning, thank you for calling Stanton Legal Partners, this is Victoria speaking, how may I direct your call?',
      'Hello and welcome to Bluebell Veterinary Centre, my name is Hannah, is it about a dog or about a cat?',
      'Good afternoon, Pinewood Property Management, you are through to Simon, how can I be of help to you today?',
      'Thanks for calling Redwood Computers customer support, my name is Kyle, can I start with your first and last name please?',
      'Hello, Saint Andrews Hospital, this is ward seven, Nurse Campbell speaking, which patient are you calling about?',
      'Good evening, Harbour View Hotel, reception, this is Teresa speaking, how can I make your stay more comfortable?',
    ],
    shortMachine: [
      "Hi, it's Gary, leave a message and I'll call you back.",
      'You have reached Diane Foster. Please leave your name and number.',
      'Hello, nobody can come to the phone. Leave a message after the beep.',
      "Hey, this is Jordan's voicemail. You know the drill.",
      "Sorry, I can't answer right now. Text me instead.",
      "Hi, I'm away from the phone. Speak after the tone.",
    ],
    longMachine: [
      "Hello, this is Patrick Moore. I am not able to get to my phone right now, but please leave a message and I'll call you back as soon as I can. Thanks, and have a good day.",
      "Hi, you've reached the Andersons. We're either out or busy with the children. Leave your name, your number and the time you called, and one of us will ring you back.",
      'Thank you for calling Crestline Roofing. All of our staff are out on jobs at the moment. Please leave your name, your address and a short description of the problem after the tone, and we will return your call the same day.',
      'You have reached the office of Judith Hale, attorney at law. The office is closed until Tuesday the second of January. If the matter is urgent, please call my associate. Otherwise, leave a message.',
    ],
    carrier: [
      'The cellular customer you have called is not available at this time. Please hang up and try your call again later.',
      'The user you are trying to reach has not set up a voicemail box. Please try again later. Goodbye.',
      'Sorry. Nobody is available to take your call. Please record a message after the tone, and hang up when you are finished.',
      'The number you are trying to call is not reachable. Please check the number, or try again in a few minutes.',
    ],
    menu: [
      'Welcome to Franklin County Water. If you are calling to report a leak, press one. For billing questions, press two. For anything else, please stay on the line.',
      'Thank you for calling Oakland Dental Group. This call may be monitored for quality. To schedule an appointment, press one. To speak with the front desk, press two.',
      'Hello, and thank you for holding. Your call is important to us. All agents are helping other customers. Please stay on the line and we will be with you shortly.',
      'You have reached Summit Airlines baggage service. Please have your claim number ready. Say new claim, or existing claim.',
    ],
    screening: [
      "Hi, the person you've called is using call screening. Please say who you are and what you would like to talk about.",
      'Hello, I am an automated assistant answering for Mister Harris. May I ask who is calling, and what it is about?',
      "Before you are connected, please state your name and the reason you're calling, and stay on the line.",
    ],
  },
  de: NOTHING,
  fr: NOTHING,
  es: NOTHING,
  it: NOTHING,
  pt: NOTHING,
  nl: NOTHING,
};
