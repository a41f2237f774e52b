// Cap'n Proto's two-party RPC over TCP or TLS: what capnp-es leaves to its users. A frame begins with the count of its
// segments and their sizes in words.
import net from "node:net";
import tls from "node:tls";
import { Conn, Message } from "capnp-es";
import { Message as RpcMessage } from "capnp-es/capnp/rpc";

class SocketTransport {
  #socket;
  #chunks = Buffer.alloc(0);
  #messages = [];
  #waiting = null;
  #ended = null;

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("the connection has ended")));
  }

  // What capnp-es calls: one message out, one message in, the end.
  sendMessage(message) {
    if (!this.#ended) this.#socket.write(Buffer.from(message.segment.message.toArrayBuffer()));
  }
  recvMessage() {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }
  close() {
    this.#socket.end();
  }

  #take(bytes) {
    this.#chunks = this.#chunks.length > 0 ? Buffer.concat([this.#chunks, bytes]) : bytes;
    for (let size = frameBytes(this.#chunks); size !== null && size <= this.#chunks.length; ) {
      const frame = this.#chunks.subarray(0, size);
      this.#chunks = this.#chunks.subarray(size);
      this.#give(new Message(frame, false).getRoot(RpcMessage));
      size = frameBytes(this.#chunks);
    }
  }
  #give(message) {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.resolve(message);
    else this.#messages.push(message);
  }
  #end(error) {
    this.#ended ??= error;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(this.#ended);
  }
}

// Of the frame that begins here; null: its header is not whole.
function frameBytes(bytes) {
  if (bytes.length < 4) return null;
  const segments = bytes.readUInt32LE(0) + 1;
  const header = Math.ceil((4 + 4 * segments) / 8) * 8;
  if (bytes.length < header) return null;
  let words = 0;
  for (let i = 0; i < segments; ++i) words += bytes.readUInt32LE(4 + 4 * i);
  return header + 8 * words;
}

// { host, port, tls: { ca, servername } }; without `tls` the connection is plain.
export async function connect({ host = "127.0.0.1", port, tls: secure }) {
  const socket = secure ? tls.connect({ host, port, ...secure }) : net.connect({ host, port });
  await new Promise((resolve, reject) => {
    socket.once(secure ? "secureConnect" : "connect", resolve);
    socket.once("error", reject);
  });
  socket.setNoDelay(true);
  const connection = new Conn(new SocketTransport(socket));
  connection.onError = () => {};  // whoever waits for an answer is told
  return { bootstrap: (Interface) => connection.bootstrap(Interface), close: () => socket.end() };
}
