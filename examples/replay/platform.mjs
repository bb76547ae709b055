// What a chatbot platform would emit while people talk to its bot, in the form of the catalogue.

const THRESHOLD = 0.6;
const PEOPLE = ['Noor Haddad', 'Ada Byrne', 'Jonas Lindqvist', 'Mei Tanaka', 'Rosa Álvarez', 'Tunde Okafor'];

/** The events of one conversation in their order. `dialogue`: as in the Schema-Guided Dialogue dataset. */
export function eventsOf(dialogue, number, run) {
  const conversationId = `${dialogue.dialogue_id}-${run}`;
  const customer = customerOf(number);
  const story = new Story(conversationId, customer, number);
  story.tell('conversation.started', { channel: 'web', customer, services: dialogue.services });
  dialogue.turns.forEach((turn, index) => story.turn(turn, index + 1));
  story.close(dialogue.turns.length);
  return story.events;
}

class Story {
  events = [];
  transcript = [];
  attempted = [];
  bookings = [];
  confidence = 1;
  weakest = undefined;
  at = Date.now();

  constructor(conversationId, customer, number) {
    this.conversationId = conversationId;
    this.customer = customer;
    this.number = number;
  }

  tell(type, data) {
    this.at += 1_000;
    const id = `${this.conversationId}.${String(this.events.length)}`;
    const payload = {
      type,
      timestamp: new Date(this.at).toISOString(),
      data: { conversationId: this.conversationId, ...data },
    };
    // The bytes as they are sent: nothing between here and the receiver writes them anew.
    this.events.push({ id, type, conversationId: this.conversationId, body: JSON.stringify(payload) });
  }

  turn({ speaker, utterance, service_call: call, service_results: results = [] }, turn) {
    this.transcript.push({ turn, speaker: speaker === 'user' ? 'user' : 'bot', text: utterance });
    if (speaker === 'user') {
      this.tell('message.received', { turn, text: utterance, customer: { id: this.customer.id } });
      if (turn === 1) this.tell('issue.classified', { turn, classification: this.classification() });
      return;
    }
    if (call !== undefined) this.call(call, results, turn);
    this.respond(turn, utterance);
  }

  call({ service, method, parameters }, results, turn) {
    const action = `${service}.${method}`;
    this.tell('action.requested', { turn, action, parameters });
    const succeeded = results.length > 0;
    if (succeeded) this.tell('action.completed', { turn, action, results });
    else this.tell('action.failed', { turn, action, reason: 'the system had no result' });
    this.attempted.push({ action, outcome: succeeded ? 'succeeded' : 'failed' });
    if (succeeded) this.bookings.push(action);
  }

  respond(turn, text) {
    const confidence = shareOf(text);
    const sources = [{ id: `kb_${String(turn)}`, title: 'What the bot knows', score: shareOf(`${text} source`) }];
    this.tell('message.sent', { turn, text, sender: 'bot', response: { confidence, sources } });
    if (confidence < THRESHOLD !== this.confidence < THRESHOLD) {
      const direction = confidence < THRESHOLD ? 'below' : 'above';
      const crossed = {
        confidence,
        threshold: THRESHOLD,
        direction,
        sources,
        previousConfidence: this.confidence,
        text,
      };
      this.tell('response.confidence_crossed', { turn, ...crossed });
    }
    this.confidence = confidence;
    if (this.weakest === undefined || confidence < this.weakest.confidence)
      this.weakest = { turn, text, confidence, sources };
  }

  close(turns) {
    const failures = this.attempted.filter(({ outcome }) => outcome === 'failed').length;
    const { weakest, customer, transcript } = this;
    if (weakest !== undefined && weakest.confidence < THRESHOLD) {
      const { turn, ...response } = weakest;
      this.tell('feedback.negative', {
        turn,
        reason: 'incomplete',
        comment: 'That is not what I asked.\nAt all.',
        response,
      });
    }
    if (failures > 0) this.handOver(failures);
    if (this.bookings.length > 0) {
      const { name, email } = customer;
      const qualification = {
        score: 40 + Math.round(shareOf(email) * 60),
        stage: 'qualified',
        interest: this.bookings.join(', '),
      };
      const contact = { name, email, company: `${name.split(' ')[1]} & Co` };
      this.tell('lead.captured', {
        leadId: `led_${this.conversationId}`,
        contact,
        qualification,
        transcript,
        channel: 'web',
      });
    }
    const said = transcript.findLast(({ speaker }) => speaker === 'user');
    const score = Math.max(1, 5 - 2 * failures - (weakest !== undefined && weakest.confidence < THRESHOLD ? 1 : 0));
    this.tell('rating.submitted', { score, best: 5, ...(said === undefined ? {} : { comment: said.text }) });
    this.tell('conversation.ended', { turns, reason: failures > 0 ? 'handed-off' : 'completed' });
  }

  handOver(failures) {
    const handoffId = `hnd_${this.conversationId}`;
    this.tell('handoff.requested', {
      handoffId,
      summary: `${String(failures)} of ${String(this.attempted.length)} actions failed, and somebody waits.`,
      customer: this.customer,
      priority: failures > 1 ? 'urgent' : this.number % 2 === 0 ? 'high' : 'normal',
      classification: this.classification(),
      attempted: this.attempted,
      reason: 'repeated-failure',
      transcript: this.transcript,
    });
    const acceptedAt = new Date(this.at).toISOString();
    this.tell('handoff.accepted', { handoffId, agent: { id: 'agt_7', name: 'Sam' }, acceptedAt });
  }

  classification() {
    const [first = { text: '' }] = this.transcript;
    return { intent: 'booking.create', topic: 'bookings', sentiment: 'neutral', confidence: shareOf(first.text) };
  }
}

function customerOf(number) {
  const name = PEOPLE[number % PEOPLE.length];
  const id = `cus_${String(number)}`;
  return { id, name, email: `${id}@example.com`, language: 'en' };
}

/** Anything from 0.3 to 0.99, and for the same text the same. */
function shareOf(text) {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 9_973;
  return Math.round((0.3 + (sum / 9_973) * 0.69) * 100) / 100;
}
