// A node-smpp client: orders as JSON lines on stdin, what happens as JSON lines on stdout.
const smpp = require("smpp");
const readline = require("readline");

const tell = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
const plain = (pdu) => {
  const fields = {};
  for (const [name, value] of Object.entries(pdu)) {
    if (name === "short_message" || name === "message_payload") {
      fields.text = value && value.message !== undefined ? value.message.toString() : String(value);
    } else if (Buffer.isBuffer(value)) {
      fields[name] = value.toString("hex");
    } else if (typeof value !== "function") {
      fields[name] = value;
    }
  }
  return fields;
};

const session = smpp.connect({ host: "127.0.0.1", port: Number(process.argv[2]) }, () => tell("connected"));
session.on("deliver_sm", (pdu) => {
  session.send(pdu.response());
  tell("deliver", plain(pdu));
});
session.on("enquire_link", (pdu) => session.send(pdu.response()));
session.on("error", (error) => tell("error", { words: String(error) }));
session.on("close", () => {
  tell("closed");
  process.exit(0);
});
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { order, command, fields } = JSON.parse(line);
  if (fields.hex !== undefined) {
    fields.short_message = Buffer.from(fields.hex, "hex");
    delete fields.hex;
  }
  session[command](fields, (pdu) => tell("answer", { order, ...plain(pdu) }));
});
