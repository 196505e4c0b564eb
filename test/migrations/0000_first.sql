-- One row at least of every table as it was at this migration. Never changed later: it stands for people's data.
insert into towns (id, login, app_slug, suspended, version, wake_at, swept_at)
values ('501', 'acme', 'townhall', false, 3, 1790000000000, 1780000000000);
insert into rigs values
  ('501', 'r1', 'acme', 'shop', 'main', false, false,
   '{"gates":[{"name":"test","run":"npm test","timeoutMs":300000}],"mergeMode":"review-then-land","landing":"auto","maxPolecats":4,"tries":3}',
   'abc', null);
insert into polecats values ('501', 'r1/amber', 'r1', 'amber', 2, 1);
insert into machines values ('m1', '501', 'box', 4711, 'hash', 1790000000000, 1790000000001);
insert into convoys values
  ('501', 'c100', 'r1', '100', 1, 'A new till', 'open', false, 'review-then-land', '[]', 'wes', 1, 2, null, null, null);
insert into legs values ('501', 'c100@r1', 'c100', 'r1', 'convoy/a-new-till/0badcafe/head', 'main', 'ready', null, null);
insert into beads (town_id, id, convoy_id, rig_id, number, title, body, kind, position, status, held, tries, setbacks, runs, answers)
values
  ('501', 'b1', 'c100', 'r1', 2, 'Count the coins', 'All of them.', 'task', 0, 'in_review', false, 0, 0, 1, '[]'),
  ('501', 'b2', 'c100', 'r1', 3, 'Print the slip', '', 'task', 1, 'open', false, 0, 0, 0, '[]');
insert into dependencies values ('501', 'b2', 'b1', 0, 'acme/shop#2', 'open', false);
insert into pulls (town_id, id, kind, rig_id, convoy_id, bead_id, head, base, title, state, queued_at, gates, approved)
values ('501', 'b1.p1', 'bead', 'r1', 'c100', 'b1', 'gt/amber/b1', 'convoy/a-new-till/0badcafe/head', 'Count the coins', 'queued', 3, 0, false);
insert into runs (town_id, id, kind, rig_id, convoy_id, bead_id, polecat, number, state, ordered_at, lease_until)
values ('501', 'b1.r1', 'work', 'r1', 'c100', 'b1', 'amber', 1, 'done', 3, 4);
insert into deliveries (id, event, action, town_id, payload, received_at, due_at)
values ('guid', 'issues', 'opened', '501', '{}', 1, 2);
insert into events (town_id, at, source, type, data, because, dedupe, state)
values
  ('501', 1, 'fact', 'RunBeat', '{"type":"RunBeat","runId":"b1.r1"}', null, 'beat', 'new'),
  ('501', 1, 'conclusion', 'ConvoyStarted', '{"type":"ConvoyStarted","convoyId":"c100"}', 'wes started it', null, 'applied');
insert into outbox (town_id, key, lane, kind, effect, once, pace_ms, place, due_at)
values ('501', 'machine', 'machine', 'WakeMachine', '{"do":"WakeMachine"}', false, 0, nextval('outbox_place'), 5);
insert into mirror values ('501', 'card:c100', '{"hash":"x"}');
