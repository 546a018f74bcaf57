// An invented slice: two doors and a group, all called to the north gate from 08:00 to 08:30 on 3 April 2022.

export const POINT = "11111111-0000-4000-8000-000000000001";
export const SOUTH = "11111111-0000-4000-8000-000000000002";
export const AT = Date.parse("2022-04-03T00:10:00Z");
export const PLACE = { point: POINT, from: "2022-04-03T00:00:00+00:00", to: "2022-04-03T00:30:00+00:00", day_ends_at: "2022-04-03T16:00:00+00:00" };

export function makeMember(id, facts = {}) {
  const usual = { name: "张*样", code: `code-${id}`, revoked: [], last: [], excused: [], isolated: false, green: false, no_phone: false };
  return { id, ...usual, place: PLACE, sampled_at: null, sampled_point: null, arrived_at: null, ...facts };
}

export function makeContent(households, facts = {}) {
  return { ...headOf(), households, gone: [], ...facts };
}

function headOf() {
  const round = { id: "r", opened_at: "2022-04-03T00:00:00+00:00", closed_at: null };
  const hours = [{ from: "2022-04-03T00:00:00+00:00", to: "2022-04-03T04:00:00+00:00", is_makeup: false }];
  const point = { id: POINT, name: "北门", kind: "outdoor", timezone: "Asia/Shanghai", contact: { name: "", phone: "" }, round, hours };
  return { as_of: "2022-04-03T00:09:00+00:00", community: "TEST", point, points: { [POINT]: "北门", [SOUTH]: "南门" } };
}

export function makeHouseholds() {
  return [
    { id: "h1", door: "3栋2单元501", code: "door-1", members: [makeMember("a", { last: ["1234"] }), makeMember("b", { name: "李*", last: ["567X"], green: true })] },
    { id: "h2", door: "13栋2单元501", code: null, members: [makeMember("c", { name: "王*五" })] },
    { id: "h3", door: "保安队", code: "door-3", members: [makeMember("d", { name: "Resident 1 of 2", code: null }), makeMember("e", { name: "Resident 2 of 2", code: null })] },
  ];
}
