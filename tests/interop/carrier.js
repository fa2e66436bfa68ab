// A node-smpp carrier: takes every segment, reports it by the last digit of its number, sends an MO when asked on stdin.
const smpp = require("smpp");
const readline = require("readline");

const tell = (event, fields) => console.log(JSON.stringify({ event, ...fields }));
const sessions = new Set();
let last = 0xabcd00;

const report = (session, pdu, id) => {
  const isFailed = pdu.destination_addr.endsWith("4");
  const stat = isFailed ? "UNDELIV" : "DELIVRD";
  const text = `id:${id} sub:001 dlvrd:00${isFailed ? 0 : 1} submit date:2611220600 done date:2611220601 ` +
    `stat:${stat} err:${isFailed ? "012" : "000"} text:`;
  session.deliver_sm({
    esm_class: 4, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, short_message: text,
    receipted_message_id: id, message_state: isFailed ? 5 : 2,
  });
};

const server = smpp.createServer({}, (session) => {
  sessions.add(session);
  session.on("bind_transceiver", (pdu) => {
    tell("bind", { system_id: pdu.system_id, password: pdu.password });
    session.send(pdu.response({ system_id: "node" }));
  });
  session.on("submit_sm", (pdu) => {
    const { udh, message } = pdu.short_message;
    const id = (last += 1).toString(16).toUpperCase();
    tell("submit", {
      source: pdu.source_addr, destination: pdu.destination_addr, text: String(message), coding: pdu.data_coding,
      header: udh ? udh.map((each) => each.toString("hex")) : [], wish: pdu.registered_delivery,
    });
    if (pdu.destination_addr.endsWith("5")) {
      session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      return;
    }
    session.send(pdu.response({ message_id: id }));
    report(session, pdu, id);
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    tell("unbind");
    session.close();
  });
  session.on("error", (error) => tell("error", { words: String(error) }));
  session.on("close", () => sessions.delete(session));
});
server.listen(0, "127.0.0.1", () => tell("listening", { port: server.address().port }));
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const fields = JSON.parse(line);
  for (const session of sessions) session.deliver_sm(fields, (pdu) => tell("answer", { status: pdu.command_status }));
});
