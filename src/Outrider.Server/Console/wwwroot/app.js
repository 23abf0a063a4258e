'use strict';
// The console: two pages over /status and /console/feed. No framework, nothing from elsewhere.
const $ = id => document.getElementById(id);
const POLL_MS = 500;
const CELL = 9; // pixels a position takes
let status = null;
let feed = null;
let chart = null;
let before = null;
const rates = [[], []];
const cursor = {}; // shard -> position picked by keyboard

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// ---- the token: kept for this tab; a link may carry it behind '#', which no server sees
const hash = new URLSearchParams(location.hash.split('?')[1] ?? '');
if (hash.has('token')) {
  sessionStorage.setItem('token', hash.get('token'));
  location.hash = location.hash.split('?')[0];
}
$('token').value = sessionStorage.getItem('token') ?? '';
$('token').addEventListener('input', () => sessionStorage.setItem('token', $('token').value.trim()));

// ---- light and dark
const dark = matchMedia('(prefers-color-scheme: dark)');
function theme(name) {
  document.documentElement.dataset.theme = name;
  if (chart) { chart.destroy(); chart = null; }
  draw();
}
theme(localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light'));
$('theme').addEventListener('click', () => {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', next);
  theme(next);
});
const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

// ---- acts: each one shown as the command that does the same
async function act(path, body, cli) {
  $('cli').textContent = cli;
  $('said').className = '';
  $('said').textContent = '…';
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + (sessionStorage.getItem('token') ?? '') },
      body: JSON.stringify(body),
    });
    const told = await answer.json().catch(() => ({}));
    $('said').textContent = told.message ?? told.error ?? answer.statusText;
    $('said').className = answer.ok ? '' : 'bad';
    if (answer.status === 401) $('token').focus();
  } catch (failure) {
    $('said').textContent = String(failure);
    $('said').className = 'bad';
  }
  poll();
}
const nodeAct = (node, verb) => act(`/admin/nodes/${node}/${verb}`, {}, `./outrider node ${verb} ${node}`);
const delay = (node, ms) => act('/admin/chaos/delay', { a: node, b: '*', delayMs: ms },
  `./outrider chaos delay ${node} '*' ${ms}`);
const heal = () => act('/admin/chaos/heal', {}, './outrider chaos heal');

// ---- overview
function promises() {
  const log = status.log;
  const widest = Math.max(0, ...status.rttMs.flat());
  const live = (log?.rids ?? []).filter(rid => rid.state === 'live' || rid.state === 'parked');
  const copies = live.length ? Math.min(...live.map(rid => rid.copies.length)) : 0;
  const up = status.nodes.filter(node => node.state === 'running').length;
  const latency = feed?.confirmMs;
  const bound = 2 * widest + 250;
  const list = [
    { name: 'Nodes at work', figure: `${up} of ${status.nodes.length}`, bound: 'all', kept: up === status.nodes.length },
    { name: 'Copies of every sub-log', figure: copies, bound: 'at least 2', kept: copies >= 2 },
    { name: 'From speculative to confirmed, p99', figure: latency ? latency.p99.toFixed(0) + ' ms' : '–',
      bound: `at most ${bound.toFixed(0)} ms (two widest round trips + 250)`, kept: !latency || latency.p99 <= bound },
    { name: 'Shown ahead of confirmation, p50', figure: latency ? latency.p50.toFixed(1) + ' ms' : '–',
      bound: 'more than 0', kept: !latency || latency.p50 > 0 },
    { name: 'Records revoked', figure: log?.revokedTotal ?? '–', bound: 'none while a home copy lives',
      kept: !log || log.revokedTotal === 0 },
  ];
  $('promises').replaceChildren(...list.map(one => make('div', { class: 'card' },
    make('span', { class: 'mark ' + (one.kept ? 'kept' : 'broken') }, one.kept ? '✓ kept' : '✗ not kept'),
    make('div', {}, one.name), make('div', { class: 'figure' }, String(one.figure)),
    make('div', { class: 'bound' }, 'bound: ' + one.bound))));
}

// Buttons are made once a node and changed in place, so that the keyboard's focus survives the next poll.
function regions() {
  for (const region of status.regions) {
    let card = $('region-' + region);
    if (!card) {
      card = make('div', { class: 'region', id: 'region-' + region }, make('h3', {}, region));
      $('regions').append(card);
    }
    for (const node of status.nodes.filter(one => one.region === region)) {
      let line = $('node-' + node.name);
      if (!line) {
        line = make('div', { class: 'node', id: 'node-' + node.name },
          make('span', { class: 'name' }, node.name), make('span', { class: 'state' }), make('span', { class: 'facts' }),
          make('button', { class: 'danger', type: 'button', 'data-verb': 'kill', 'aria-label': 'kill ' + node.name,
            onclick: () => nodeAct(node.name, 'kill') }, 'kill'),
          make('button', { type: 'button', 'data-verb': 'restart', 'aria-label': 'restart ' + node.name,
            onclick: () => nodeAct(node.name, 'restart') }, 'restart'));
        card.append(line);
      }
      const state = line.children[1];
      state.className = 'state ' + node.state.split(' ')[0];
      state.textContent = node.state;
      line.children[2].textContent = [node.endpoint, count(node.clients, 'client'), count(node.readers, 'reader'),
        status.log?.orderingLeader === node.name ? 'leads the order' : ''].filter(Boolean).join(' · ');
    }
  }
}

function count(number, what) {
  return `${number ?? 0} ${what}${number === 1 ? '' : 's'}`;
}

function matrix() {
  const widest = Math.max(1, ...status.rttMs.flat());
  const rows = status.regions.map((region, i) => make('tr', {}, make('th', { scope: 'row' }, region),
    ...status.regions.map((_, j) => {
      const ms = status.rttMs[i]?.[j] ?? 0;
      const cell = make('td', {}, i === j ? '·' : String(ms));
      if (i !== j) cell.style.background =
        `color-mix(in srgb, ${colour('speculative')} ${Math.round(45 * ms / widest)}%, ${colour('card')})`;
      return cell;
    })));
  $('matrix').replaceChildren(make('table', {}, make('tr', {}, make('td', {}),
    ...status.regions.map(region => make('th', { scope: 'col' }, region))), ...rows),
  make('p', {}, status.faults.length === 0 ? 'No link is disturbed. ' : status.faults.map(fault =>
    `${fault.kind} ${fault.a} ↔ ${fault.b}${fault.delayMs ? ` +${fault.delayMs} ms` : ''}`).join('; ') + ' ',
  ...(status.faults.length ? [make('button', { type: 'button', onclick: heal }, 'heal')] : [])));
}

function plot() {
  const now = Date.now() / 1000;
  const total = feed?.shownTotal;
  if (total != null && before && total >= before.total) {
    rates[0].push(now);
    rates[1].push((total - before.total) / Math.max(.001, now - before.now));
    if (rates[0].length > 240) rates.forEach(series => series.shift());
  }
  before = total == null ? null : { total, now };
  if ($('page-overview').hidden) return;
  if (!chart) {
    const axis = { stroke: colour('quiet'), grid: { stroke: colour('line') }, ticks: { stroke: colour('line') } };
    chart = new uPlot({ width: $('chart').clientWidth || 480, height: 190, cursor: { show: true },
      legend: { show: false },
      axes: [axis, { ...axis, size: 55 }],
      scales: { y: { range: (_, low, high) => [0, Math.max(10, high ?? 10)] } },
      series: [{}, { label: 'records/s', points: { show: false }, stroke: colour('confirmed'), width: 2, fill: colour('confirmed') + '22' }] },
    rates, $('chart'));
  } else chart.setData(rates);
}

function events() {
  $('events').replaceChildren(...[...status.events].reverse().map(one => make('li', {},
    make('time', {}, one.at), one.node ? make('b', {}, one.node + ' ') : '', one.text)));
}

// ---- the log
function lane(shard) {
  let element = $('lane-' + shard);
  if (element) return element;
  const canvas = make('canvas', { tabindex: 0, role: 'img', 'aria-label': `records of shard ${shard}` });
  canvas.addEventListener('mousemove', e => pick(shard, positionAt(canvas, e.offsetX)));
  canvas.addEventListener('keydown', e => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const own = feed.records.filter(r => shardOf(r) === shard).map(r => r.position);
    const at = own.indexOf(cursor[shard]);
    pick(shard, own[Math.max(0, Math.min(own.length - 1, at < 0 ? own.length - 1 : at + step))]);
  });
  element = make('div', { class: 'lane', id: 'lane-' + shard },
    make('div', { class: 'head' }, make('b', {}, 'shard ' + shard), make('span', { class: 'facts' }),
      make('button', { type: 'button', 'data-act': 'delay', onclick: () => delay(primaryOf(shard), 50) },
        'delay by 50 ms'),
      make('button', { type: 'button', 'data-act': 'heal', onclick: heal }, 'heal'),
      make('button', { type: 'button', class: 'danger', 'data-act': 'kill',
        onclick: () => nodeAct(primaryOf(shard), 'kill') }, 'kill its primary'),
      make('button', { type: 'button', 'data-act': 'restart', onclick: () => {
        const down = status.nodes.find(node => node.state === 'killed');
        if (down) nodeAct(down.name, 'restart');
      } }, 'restart who is down')), canvas);
  $('lanes').append(element);
  return element;
}
const served = rid => rid.state === 'live' || rid.state === 'parked' || rid.state === 'joining';
const ridsOf = shard => (status.log?.rids ?? []).filter(rid => rid.shard === shard && served(rid));
const primaryOf = shard => (ridsOf(shard).find(rid => rid.quota > 0) ?? ridsOf(shard)[0])?.primary ?? '';
const shardOf = record => status.log?.rids.find(rid => rid.rid === record.rid)?.shard;

let picked = null;
function pick(shard, position) {
  cursor[shard] = position;
  picked = { shard, position };
  draw();
}

function describe() {
  if (!picked) return;
  const { shard, position } = picked;
  const record = feed?.records.find(r => r.position === position && shardOf(r) === shard);
  $('picked').textContent = record
    ? `position ${record.position} · ${record.state} · sub-log ${record.rid} · key ${record.key} · ${record.bytes} bytes`
      + (record.confirmMs != null ? ` · confirmed ${record.confirmMs.toFixed(1)} ms after it was shown` : '')
    : position == null ? '' : `position ${position}: no record of shard ${shard} in sight`;
}

function span(canvas) {
  const count = Math.floor(canvas.clientWidth / CELL);
  const end = Math.max(feed.end, feed.records.at(-1)?.position + 1 || 0);
  return { first: Math.max(0, end - count), count, end };
}
const positionAt = (canvas, x) => span(canvas).first + Math.floor(x / CELL);

function lanes() {
  const log = status.log;
  $('logfacts').textContent = log
    ? `confirmed up to ${log.confirmed} · shown up to ${feed?.end ?? '–'} · view ${log.view} · window ${log.window}`
      + ` of ${log.windowRows ?? '–'} rows, ${log.rowSlots ?? '–'} slots a row · ${log.revokedTotal} revoked`
      + (log.lostTotal ? ` · ${log.lostTotal} slots lost (outrider log give-up)` : '')
    : 'no node answers for the log';
  if (log && !feed) $('logfacts').textContent += ' · records are shown to whoever gives the admin token';
  if (!log || !feed) return;
  for (const shard of [...new Set(log.rids.map(rid => rid.shard))].sort((a, b) => a - b)) {
    const element = lane(shard);
    const own = feed.records.filter(record => shardOf(record) === shard);
    const lag = own.filter(record => record.state === 'speculative').length;
    const rids = ridsOf(shard);
    const canvas = element.querySelector('canvas');
    const { first, end } = span(canvas);
    const filled = feed.records.filter(record => record.position >= first).length;
    const holes = end > first ? Math.round(100 * (1 - filled / (end - first))) : 0;
    element.querySelector('.facts').textContent = (rids.length ? rids.map(rid =>
      `${rid.primary}: sub-log ${rid.rid} ${rid.state}, quota ${rid.quota}, ${rid.copies.length} copies`).join(' · ')
      : 'nobody serves it now') + ` · ${lag} unconfirmed · ${holes}% of the order's slots hold no record`;
    lineOf(canvas, own, log);
  }
}

function sublogs() {
  const rids = status.log?.rids ?? [];
  const shown = rids.filter(served).concat(rids.filter(rid => !served(rid)).slice(-4));
  const head = ['sub-log', 'shard', 'primary', 'state', 'quota', 'slots committed', 'unconfirmed', 'holes', 'copies'];
  $('sublogs').replaceChildren(make('table', {}, make('tr', {}, ...head.map(name => make('th', { scope: 'col' }, name))),
    ...shown.map(rid => {
      const own = feed?.records.filter(record => record.rid === rid.rid) ?? [];
      const holes = rid.holes != null && rid.committed > 0 ? Math.round(100 * rid.holes / rid.committed) + '%' : '–';
      return make('tr', {}, ...[rid.rid, rid.shard, rid.primary, rid.state, rid.quota, rid.committed,
        own.filter(record => record.state === 'speculative').length, holes, rid.copies.join(' ')]
        .map(value => make('td', {}, String(value))));
    })));
  $('readers').replaceChildren(make('table', {},
    make('tr', {}, ...['node', 'clients', 'readers'].map(name => make('th', { scope: 'col' }, name))),
    ...status.nodes.map(node => make('tr', {}, make('td', {}, node.name), make('td', {}, String(node.clients ?? 0)),
      make('td', {}, String(node.readers ?? 0) + (feed?.node === node.name ? ' + this page' : ''))))));
}

function lineOf(canvas, own, log) {
  const scale = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== width * scale) [canvas.width, canvas.height] = [width * scale, height * scale];
  const g = canvas.getContext('2d');
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.clearRect(0, 0, width, height);
  const { first, count, end } = span(canvas);
  const x = position => (position - first) * CELL;
  g.fillStyle = colour('hole');
  for (let p = first; p < Math.min(end, first + count); p++) g.fillRect(x(p) + 1, 25, CELL - 2, 10);
  // Rows of a single slot are the slots themselves.
  if (log.rowSlots > 1) {
    g.fillStyle = colour('quiet');
    const start = log.windowStart;
    const rows = Math.floor((first - start) / log.rowSlots);
    for (let p = start + rows * log.rowSlots; p < end; p += log.rowSlots)
      if (p >= first) g.fillRect(x(p) - .5, 14, 1, 32);
  }
  for (const record of own) {
    if (record.position < first) continue;
    g.fillStyle = colour(record.state);
    g.fillRect(x(record.position) + 1, 17, CELL - 2, 26);
  }
  g.fillStyle = colour('cut');
  for (const cut of feed.cuts) if (cut >= first) g.fillRect(x(cut) - 1, 8, 2, 42);
  if (log.confirmed >= first) g.fillRect(x(log.confirmed) - 2, 4, 4, 50);
  const shard = Number(canvas.parentElement.id.slice(5));
  if (cursor[shard] >= first) {
    g.strokeStyle = colour('ink');
    g.lineWidth = 2;
    g.strokeRect(x(cursor[shard]), 15, CELL, 30);
  }
  g.fillStyle = colour('quiet');
  g.font = '10px system-ui, sans-serif';
  for (let p = Math.ceil(first / 20) * 20; p < end; p += 20) g.fillText(String(p), x(p) + 1, 57);
}

// ---- turning
function draw() {
  if (!status) return;
  const page = location.hash.startsWith('#/log') ? 'log' : 'overview';
  for (const name of ['overview', 'log']) {
    $('page-' + name).hidden = name !== page;
    if (name === page) $('nav-' + name).setAttribute('aria-current', 'page');
    else $('nav-' + name).removeAttribute('aria-current');
  }
  $('health').textContent = status.health;
  $('health').className = /NOT|killed|broken|failed/.test(status.health) ? 'bad' : '';
  if (page === 'log') { lanes(); sublogs(); describe(); }
  else { promises(); regions(); matrix(); events(); }
}

let polling = false;
async function poll() {
  if (polling) return;
  polling = true;
  try {
    const headers = { Authorization: 'Bearer ' + (sessionStorage.getItem('token') ?? '') };
    const [nowStatus, nowFeed] = await Promise.all(
      ['/status', '/console/feed'].map(path => fetch(path, { headers }).then(answer => answer.json())));
    if (!$('hold').checked || !status) [status, feed] = [nowStatus, nowFeed.records ? nowFeed : null];
    plot();
    draw();
  } catch (failure) {
    $('health').textContent = 'the server does not answer: ' + failure;
    $('health').className = 'bad';
  } finally {
    polling = false;
  }
}
addEventListener('hashchange', draw);
addEventListener('resize', () => { if (chart) { chart.destroy(); chart = null; } draw(); });
setInterval(poll, POLL_MS);
poll();
