// Makes flights-20k.csv.gz from the npm package vega-datasets: `npm pack vega-datasets`, unpack, then
//   node make.mjs package/data/flights-20k.json
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const source = process.argv[2];
if (!source) {
  console.error("usage: node make.mjs PATH/flights-20k.json");
  process.exit(2);
}
const bytes = readFileSync(source);
const flights = JSON.parse(bytes);
const rows = flights
  .map((f, i) => ({ ...f, i }))
  .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.i - b.i))
  .map((f) => [f.date, f.delay, f.distance, f.origin, f.destination].join(","));
const csv = "date,delay,distance,origin,destination\n" + rows.join("\n") + "\n";
writeFileSync(new URL("./flights-20k.csv.gz", import.meta.url), gzipSync(csv, { level: 9 }));
console.log(`${rows.length} flights; source sha1 ${createHash("sha1").update(bytes).digest("hex")}`);
