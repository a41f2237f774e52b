// Reads text/event-stream piece by piece, as the HTML standard says. Pure.

export class EventStream {
  #rest = '';
  #skipLineFeed = false;
  #first = true;
  #event = '';
  #data = [];
  #id = '';
  lastId = ''; // what to send as Last-Event-ID
  retryMs = null; // the pause that the server asked for

  // The events that this piece completes: { event, data, id }.
  push(piece) {
    if (piece === '') return [];
    let text = piece;
    if (this.#first) text = text.replace(/^\ufeff/, '');
    if (this.#skipLineFeed) text = text.replace(/^\n/, '');
    this.#first = false;
    this.#skipLineFeed = piece.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return [];
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return [];
  }

  #dispatch() {
    this.lastId = this.#id;
    const done = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.lastId };
    const empty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    return empty ? [] : [done];
  }
}
