-- What people had before plans were published from GitHub: a convoy that goes on, one that landed bead by
-- bead, and news that came in and was not thought about yet. Never changed later.
insert into towns (id, login, app_slug, suspended, version, wake_at, swept_at)
values ('501', 'acme', 'townhall', false, 3, 1790000000000, 1780000000000);
insert into rigs values
  ('501', 'r1', 'acme', 'shop', 'main', false, false,
   '{"gates":[{"name":"test","run":"npm test","timeoutMs":300000}],"mergeMode":"review-then-land","landing":"auto","maxPolecats":4,"tries":3}',
   'abc', null),
  ('501', 'r2', 'acme', 'till', 'main', false, false,
   '{"gates":[],"mergeMode":"review-and-merge","landing":"approve","maxPolecats":2,"tries":5}', null, null);
insert into polecats values ('501', 'r1/amber', 'r1', 'amber', 2, 1);
insert into machines values ('m1', '501', 'box', 4711, 'hash', 1790000000000, 1790000000001);
insert into convoys values
  ('501', 'c100', 'r1', '100', 1, 'A new till', 'open', false, 'review-then-land', '[]', 'wes', 1, 2, null, null, null),
  ('501', 'c90', 'r2', '90', 9, 'An old till', 'landed', false, 'review-and-merge', '[]', 'wes', 1, 2, 3, null, 'x');
insert into legs values
  ('501', 'c100@r1', 'c100', 'r1', 'convoy/a-new-till/0badcafe/head', 'main', 'ready', null, null),
  ('501', 'c90@r2', 'c90', 'r2', 'main', 'main', 'landed', null, null);
insert into beads (town_id, id, convoy_id, rig_id, number, title, body, kind, position, status, how, held, tries, setbacks, runs, answers, issue_closed_at)
values
  ('501', 'b1', 'c100', 'r1', 2, 'Count the coins', 'All of them.', 'task', 0, 'in_review', null, false, 0, 0, 1, '[]', null),
  ('501', 'b2', 'c100', 'r1', 3, 'Print the slip', '', 'task', 1, 'open', null, false, 0, 0, 0, '[]', null),
  ('501', 'old1', 'c90', 'r2', 10, 'Landed', '', 'task', 0, 'closed', 'landed', false, 0, 0, 1, '[]', 3),
  ('501', 'old2', 'c90', 'r2', 11, 'An epic', '', 'epic', 1, 'closed', 'done', false, 0, 0, 0, '[]', 3),
  ('501', 'old3', 'c90', 'r2', 12, 'Done by a person', '', 'task', 2, 'closed', 'done', false, 0, 0, 0, '[]', null),
  ('501', 'old4', 'c90', 'r2', 13, 'Not wanted', '', 'task', 3, 'closed', 'cancelled', false, 0, 0, 0, '[]', null);
insert into dependencies values ('501', 'b2', 'b1', 0, 'acme/shop#2', 'open', false);
insert into pulls (town_id, id, kind, rig_id, convoy_id, bead_id, head, base, title, state, queued_at, gates, approved)
values ('501', 'b1.p1', 'bead', 'r1', 'c100', 'b1', 'gt/amber/b1', 'convoy/a-new-till/0badcafe/head', 'Count the coins', 'queued', 3, 0, false);
insert into runs (town_id, id, kind, rig_id, convoy_id, bead_id, polecat, number, state, ordered_at, lease_until)
values ('501', 'b1.r1', 'work', 'r1', 'c100', 'b1', 'amber', 1, 'done', 3, 4);
insert into deliveries (id, event, action, town_id, payload, received_at, due_at)
values ('guid', 'issues', 'opened', '501', '{}', 1, 2);
insert into events (town_id, at, source, type, data, because, dedupe, state)
values
  ('501', 1, 'fact', 'TownSeen', '{"type":"TownSeen","login":"acme","appSlug":"townhall","suspended":false}', null, null, 'new'),
  ('501', 1, 'fact', 'RigsSeen', '{"type":"RigsSeen","complete":false,"rigs":[
    {"id":"r1","owner":"acme","name":"shop","defaultBranch":"main","archived":false,"configSha":"abc","problem":null,
     "config":{"gates":[],"mergeMode":"review-then-land","landing":"auto","maxPolecats":4,"tries":3}},
    {"id":"r2","owner":"acme","name":"till","defaultBranch":"main","archived":false,"configSha":null,"problem":"No.","config":null}]}',
   null, null, 'new'),
  ('501', 1, 'fact', 'CommentSeen', '{"type":"CommentSeen","commentId":"7","rigId":"r1","issueId":"100","number":1,"by":"wes",
    "permission":"write","body":"/convoy status","edited":false,"tree":null,"treeProblem":null,
    "commands":[{"line":"/convoy status","name":"convoy status","nearest":null,"flags":[],"args":[]}]}', null, 'comment', 'new'),
  ('501', 1, 'conclusion', 'ConvoyStarted', '{"type":"ConvoyStarted","convoyId":"c100"}', 'wes started it', null, 'applied');
insert into outbox (town_id, key, lane, kind, effect, once, pace_ms, place, due_at)
values
  ('501', 'machine', 'machine', 'WakeMachine', '{"do":"WakeMachine"}', false, 0, nextval('outbox_place'), 5),
  ('501', 'show:bead:b1', 'show:bead:b1', 'ShowIssue', '{"do":"ShowIssue","what":"bead","id":"b1","rigId":"r1","number":2,"issueId":"b1","labels":["gt:bead"],"say":{"say":"help"},"close":null}', false, 0, nextval('outbox_place'), 5);
insert into mirror values ('501', 'card:c100', '{"hash":"x"}');
