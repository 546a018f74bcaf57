// How far the phone's clock is from the server's, learnt from the Date of each answer. Pure.

const SECOND = 1000; // the header has whole seconds

// One answer tells two bounds of the offset (phone minus server, ms): it was dated between sending and receiving.
export function boundsOf(sentAt, receivedAt, serverDate) {
  return { least: sentAt - (serverDate + SECOND), most: receivedAt - serverDate };
}

// What both say; where they contradict each other one of the clocks was set, and only the newer holds.
export function narrow(known, bounds) {
  if (!known) return bounds;
  const both = { least: Math.max(known.least, bounds.least), most: Math.min(known.most, bounds.most) };
  return both.least <= both.most ? both : bounds;
}

// The offset to send, ms: none as long as the phone may be right, else the middle of what is possible.
export function offsetOf(known) {
  if (!known || (known.least <= 0 && known.most >= 0)) return 0;
  return Math.round((known.least + known.most) / 2);
}
