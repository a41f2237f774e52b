// client.mjs PORT TOKEN [KEY]: counts on a counter of the host, and shows what is refused.
import { utils } from "capnp-es";
import { connect } from "./transport.mjs";
import { Directory } from "./generated/directory.js";
import { Counter } from "./generated/counter.js";

const [port, token, key = "a"] = process.argv.slice(2);
if (!token) {
  console.error("usage: node client.mjs PORT TOKEN [KEY]");
  process.exit(2);
}

// The actor of a service and key, as a client of its interface.
async function service(directory, Interface, name, key) {
  const found = await directory.service((params) => {
    params.name = name;
    params.key = key;
  }).promise();
  return new Interface.Client(utils.getInterfaceClientOrNull(found.service));
}

const connection = await connect({ port: Number(port) });
const entrance = connection.bootstrap(Directory);
const { directory, name } = await entrance.authenticate((params) => (params.token = token)).promise();
console.log(`known as ${name}`);

const { services } = await directory.services().promise();
console.log(`services: ${[...services].map((one) => one.name).join(", ")}`);

const counter = await service(directory, Counter, "Counter", key);
const before = (await counter.get().promise()).total;
const { total } = await counter.add((params) => (params.amount = 2n)).promise();
console.log(`total ${total - before} more`);

// Calls at once: each is answered by itself, and the counter takes them one after another.
const answers = await Promise.all(Array.from({ length: 100 }, () => counter.add((params) => (params.amount = 1n)).promise()));
console.log(`${new Set(answers.map((answer) => answer.total)).size} different totals`);

try {
  await counter.take((params) => (params.amount = 1_000_000_000n)).promise();
} catch (error) {
  console.log(`refused: ${/refused\((\w+)\)/.exec(error.message)?.[1]}`);
}
connection.close();
