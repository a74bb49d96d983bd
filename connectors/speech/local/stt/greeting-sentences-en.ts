import type { GreetingSentences } from './greeting-model.ts';

/** What is said by those, and by that, which answers the telephone in English: one sentence per line, `_` for a name or anything else. */
export const ENGLISH_GREETINGS: GreetingSentences = {
  machine: `
    hi this is _ please leave a message
    hello this is _ leave a message after the beep
    hi this is _ i can't take your call right now
    hi this is _ i can't come to the phone right now
    hey this is _ i can't get to the phone right now so please leave a message
    hi this is _ sorry i missed your call
    sorry i missed your call please leave your name and number and i'll get back to you
    i'm sorry i can't take your call at the moment
    sorry i can't answer the phone right now
    i am not able to take your call
    i'm unable to take your call right now
    i am unable to come to the phone right now
    we are unable to take your call at the moment
    we can't come to the phone right now
    we are not able to answer the phone
    there is no one available to take your call
    nobody is available to take your call
    no one is here to take your call
    nobody is at home right now
    we're not home right now
    we are not at home at the moment
    i'm not here right now
    i'm not available at the moment
    i'm away from my phone right now
    i'm away from my desk
    i'm either away from my desk or on the other line
    i'm on the other line or away from my desk
    i am currently out of the office
    i'm out of the office until monday
    i am on holiday until next week
    i'm on vacation and will be back on _
    i'm in a meeting right now
    i'm busy at the moment
    you have reached _
    you've reached _
    you have reached the voicemail of _
    you've reached the voicemail of _
    you have reached the voice mailbox of _
    you've reached the mailbox of _
    you have reached the desk of _
    you have reached the office of _
    you've reached _ at _
    hello you have reached the _ family
    hi you've reached _ i can't take your call right now
    hi you've reached _ please leave a message
    hi you have reached my voicemail
    this is the voicemail of _
    this is the answering machine of _
    you've reached the answering machine of _
    you have reached the answering service of _
    you know what to do
    you know the drill
    please leave your name and number after the tone
    please leave your name and number after the beep
    please leave your name number and a brief message after the tone
    please leave your name your number and a short message
    please leave a message after the tone
    please leave a message after the beep
    please leave your message after the tone
    please leave your message after the beep
    please leave a detailed message and i will return your call
    please leave me a message and i'll get back to you
    leave me a message and i'll call you back
    leave a message and i will call you back as soon as possible
    leave your name and number and i'll call you back
    leave your name and number at the beep
    if you leave your name and number i will call you back
    if you would like to leave a message please do so after the tone
    to leave a message please wait for the tone
    at the tone please record your message
    please record your message after the tone
    please speak after the tone
    please speak after the beep
    speak after the beep
    talk after the beep
    start talking after the beep
    wait for the beep
    i'll get back to you as soon as i can
    i'll get back to you as soon as possible
    we'll get back to you as soon as possible
    and we will get back to you as soon as we can
    i will return your call as soon as i can
    i will return your call as soon as possible
    we will return your call on the next business day
    and i'll call you back
    please call back later
    please try again later
    please call again later
    please try your call again later
    send me a text message
    you can text me or send me an email
    if this is an emergency please hang up and dial nine one one
    if you need immediate help please call _
    thank you for calling _ our office is currently closed
    thank you for calling _ we are currently closed
    thank you for calling our offices are now closed
    our office hours are monday through friday from nine to five
    our opening hours are monday to friday nine to five
    we are open monday to friday
    we are closed for the holidays
    the office is closed at this time
    thank you for your call we are closed at the moment
    thanks for calling nobody can take your call right now
    have a great day
    thank you and have a nice day
  `,
  network: `
    your call has been forwarded to an automated voice messaging system
    your call has been forwarded to an automatic voice message system
    your call has been forwarded to voicemail
    your call is being forwarded
    is not available at the tone please record your message
    when you have finished recording you may hang up
    the person you are calling is not available
    the person you are trying to reach is not available
    the person you have called is unavailable right now
    the person at extension _ is unavailable
    the person you are calling cannot take your call
    the person you are calling is unable to take your call
    the customer you are calling is not available
    the customer you are trying to reach is currently unavailable
    the wireless customer you are calling is not available
    the subscriber you have dialed is not available
    the number you have dialed is not in service
    the number you have dialed is not available
    the number you have called is not available
    the number you are calling is switched off
    the number you have reached has been disconnected or is no longer in service
    the mobile phone you are calling is switched off
    the phone you are calling may be switched off or out of coverage
    your call cannot be completed as dialed please check the number and dial again
    your call can not be connected please try again later
    we're sorry your call cannot be completed as dialed
    we are sorry the number you have dialed has not been recognised
    we're sorry you have reached a number that has been disconnected
    i'm sorry but the person you called has a voice mailbox that has not been set up yet
    the mailbox is full and cannot accept any messages at this time
    the mailbox you are trying to reach is full
    welcome to the _ messaging service
    welcome to the _ voicemail service
    welcome to _ the customer you are calling is not available
  `,
  menu: `
    welcome to _ for english press one
    welcome to _ for sales press one for support press two
    welcome to _ if you know your party's extension you may dial it at any time
    thank you for calling _ for english press one
    thank you for calling _ please listen carefully as our menu options have changed
    thank you for calling _ please listen to the following options
    thank you for calling _ if you know the extension please dial it now
    thank you for calling _ your call may be recorded
    thank you for calling _ this call may be recorded for quality and training purposes
    hello and welcome to _
    welcome to _ please choose from the following options
    calls may be recorded for training and quality purposes
    this call will be recorded for quality purposes
    your call is important to us please hold
    your call is very important to us please stay on the line
    your call will be answered in the order it was received
    all of our operators are busy please hold the line
    all our agents are busy at the moment
    please hold for the next available agent
    please hold while we connect you
    please stay on the line
    please enter your account number followed by the pound sign
    please enter your card number
    please enter your pin
    please say in a few words what you are calling about
    please tell me in a few words the reason for your call
    for customer service press three
    for billing press two
    for all other enquiries press four
    for technical support press two
    to speak to an operator press zero
    to speak to an agent press zero
    to speak with a representative press zero
    to pay your bill press two
    to make an appointment press one
    to make a reservation press one
    to report a fault press one
    to check your balance press one
    to repeat these options press nine
    if you are an existing customer press one
    if you are calling about an order press two
    if this is a medical emergency please hang up and dial nine one one
  `,
  screening: `
    please say your name and why you are calling
    please state your name and the reason for your call
    please say your name after the tone
    the person you're calling is using a screening service from google
    the person you are calling is using a screening service
    go ahead and say your name and why you're calling
    hi if you record your name and reason for calling i'll see if this person is available
    i'll see if this person is available
    before i try to connect you can i ask what you're calling about
    hi i'm call assist by google
    this is the google assistant
    this is a virtual assistant
    this is the assistant of _
    this call is being screened
    who is calling please say your name
    please tell me who is calling and why
    may i ask who is calling
    can i tell them who is calling and why
    please stay on the line while i connect you
  `,
  person: `
    hello
    hello hello
    hello who is this
    hi
    yes
    yes hello
    good morning
    good afternoon
    good evening
    this is _
    _ speaking
    hello this is _
    hello this is _ speaking
    hi this is _ how can i help you
    good morning _ how can i help you
    good afternoon _ how may i help you
    good morning this is _ speaking how can i help
    good morning thank you for calling _ this is _ how can i help you
    good afternoon thank you for calling _ my name is _ how may i help you
    good morning thank you for calling _ my name is _ how may i help you today
    thank you for calling _ this is _ how may i help you
    thank you for calling _ this is _ speaking how can i help you today
    thank you for calling _ my name is _ what can i do for you
    thank you for calling _ how may i direct your call
    thanks for calling _ this is _ how can i help
    thanks for calling _ you're speaking with _
    welcome to _ my name is _ how can i help you
    welcome to _ you are speaking to _ how may i help you today
    hello and thank you for calling _ my name is _
    hello you're speaking with _ how can i help you
    hello you are speaking to _ from customer service
    hello you're through to _ how can i help
    you're through to _ in customer service
    you're through to the sales team my name is _
    customer service this is _ how may i help
    reception good morning
    front desk _ speaking how may i help you
    sales department this is _
    service desk how can i help you
    help desk _ speaking
    what can i do for you
    what can i do for you today
    how can i help
    how can i be of help
    how can i assist you today
    how may i be of service
    how may i direct your call
    who am i speaking to
    who am i speaking with please
    can i take your name please
    could i have your name please
    may i have your account number please
    could you give me your order number please
    are you calling about an existing order
    would you like to make a booking
    which room are you calling about
    one moment please
    please hold on a second
    just a moment please
    who's calling please
    who is calling
    who is speaking please
    can i help you
  `,
};
