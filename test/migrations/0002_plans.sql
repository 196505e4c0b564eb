-- One row at least of every table as it was at this migration. Never changed later: it stands for people's data.
insert into towns (id, login, owner_type, boards, app_slug, suspended, version, wake_at, swept_at, held_until)
values ('501', 'acme', 'Organization', '[{"number":null,"url":"https://github.com/orgs/acme/projects/1","why":null,"seenAt":1}]', 'townhall', false, 3,
  1790000000000, 1780000000000, 1780000000001);
insert into rigs values
  ('501', 'r1', 'acme', 'shop', 'main', false, false,
   '{"gates":[{"name":"test","run":"npm test","timeoutMs":300000}],"mergeMode":"review-then-land","landing":"auto","maxPolecats":4,"tries":3,"parked":false,"stagedByDefault":true,"board":7}',
   'abc', null);
insert into polecats values ('501', 'r1/amber', 'r1', 'amber', 2, 1);
insert into machines values ('m1', '501', 'box', 4711, 'hash', 1790000000000, 1790000000001);
insert into convoys (town_id, id, rig_id, issue_id, number, title, given_title, status, paused, given_mode, given_base,
  findings, start_when_staged, by, staged_at, started_at, forecast, cards_moved)
values
  ('501', 'c100', 'r1', '100', 1, 'A new till', 'A new till', 'open', false, 'review-then-land', 'main', '[]', 'no', 'wes', 1, 2,
   '{"madeAt":1,"p50Ms":2,"p90Ms":3,"criticalPath":["acme/shop#2"],"waves":[1,1],"polecats":1,"machines":1,"samples":0,"plays":9}', 1),
  ('501', 'cnew', 'r1', 'new:7', 0, 'A list', null, 'publishing', false, null, null, '[]', 'if-ready', 'wes', 3, null, null, 0);
insert into legs (town_id, id, convoy_id, rig_id, target, base, merge_mode, state)
values ('501', 'c100@r1', 'c100', 'r1', 'convoy/a-new-till/0badcafe/head', 'main', 'review-then-land', 'ready');
insert into beads (town_id, id, convoy_id, rig_id, number, title, body, kind, position, priority, status, how, closes, held,
  leaving, tries, setbacks, runs, answers, trusted, edit)
values
  ('501', 'b1', 'c100', 'r1', 2, 'Count the coins', 'All of them.', 'task', 0, 0, 'in_review', null, null, false, true, 0, 0, 1,
   '[]', true, '{"by":"eve","hash":"1"}'),
  ('501', 'b2', 'c100', 'r1', 3, 'Which printer?', '', 'decision', 1, 2, 'closed', 'skipped', 'not_planned', false, false, 0, 0, 0,
   '[]', false, null);
insert into dependencies values ('501', 'b2', 'b1', 0, 'acme/shop#2', 'open', false);
insert into drafts (town_id, id, convoy_id, nth, title, body, rig_id, parent, after, issue_id, number, existed, step)
values
  ('501', 'cnew#1', 'cnew', 1, 'First', '', 'r1', null, '[]', '110', 20, true, 'done'),
  ('501', 'cnew#2', 'cnew', 2, 'Second', 'In detail.', 'r1', 1, '[1]', null, null, false, 'wanted');
insert into pulls (town_id, id, kind, rig_id, convoy_id, bead_id, head, base, title, state, queued_at, gates, approved)
values ('501', 'b1.p1', 'bead', 'r1', 'c100', 'b1', 'gt/amber/b1', 'convoy/a-new-till/0badcafe/head', 'Count the coins', 'queued', 3, 0, false);
insert into runs (town_id, id, kind, rig_id, convoy_id, bead_id, polecat, number, state, ordered_at, started_at, ended_at, lease_until)
values ('501', 'b1.r1', 'work', 'r1', 'c100', 'b1', 'amber', 1, 'done', 3, 4, 5, 6);
insert into deliveries (id, event, action, town_id, payload, received_at, due_at)
values ('guid', 'issues', 'opened', '501', '{}', 1, 2);
insert into events (town_id, at, source, type, data, because, dedupe, state)
values
  ('501', 1, 'fact', 'GateReported', '{"type":"GateReported","runId":"b1.g1","outcome":"green"}', null, 'gate', 'new'),
  ('501', 1, 'conclusion', 'ConvoyStarted', '{"type":"ConvoyStarted","convoyId":"c100"}', 'wes started it', null, 'applied');
insert into outbox (town_id, key, lane, kind, effect, once, pace_ms, place, due_at)
values ('501', 'machine', 'machine', 'WakeMachine', '{"do":"WakeMachine"}', false, 0, nextval('outbox_place'), 5);
insert into mirror values ('501', 'card:c100', '{"hash":"x"}');
insert into creations values ('501', 1780000000000, 20);
