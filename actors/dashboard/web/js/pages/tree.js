// The supervision tree of each node, as declared, with how each part is; and the supervisors of services.
import { duration } from '../lib/amounts.js';
import { kindOf } from '../lib/cluster.js';
import { adminPath } from '../lib/place.js';
import { t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { act, actorLink, badge, empty, panel, table } from '../ui/parts.js';

export const tree = {
  name: 'tree',
  paths: () => ['/tree', '/health'],
  draw({ round, write }) {
    const answers = round.good('/tree');
    if (answers.length === 0) return empty(t('nothing'));
    const health = new Map(round.good('/health').map(({ node, body }) => [node, body]));
    return answers.map(({ node, body }) => {
      const sick = (health.get(node)?.services ?? []).map((one) => h('p.notice.bad', {}, `${one.name}: ${one.message}`));
      return h('div', { data: { key: node } }, [
        body.supervision
          ? panel(node, sick, h('ul.tree', {}, branch(body.supervision, { node, write, path: '', top: true })))
          : panel(node, sick, h('p.soft', {}, t('no_tree'))),
        body.supervisors ? supervisors(node, body) : null,
      ]);
    });
  },
};

function branch(child, place) {
  const path = place.top ? '/' : place.path ? `${place.path}/${child.id}` : child.id;
  const down = ['failed', 'given_up', 'stopped', 'ended'].includes(child.status);
  const note = [
    child.what,
    child.restarts > 0 ? t('restarted_times', { count: child.restarts }) : null,
    child.againMs !== undefined && child.status === 'restarting' ? t('again_in', { time: duration(child.againMs) }) : null,
    child.live !== undefined ? t('live_count', { count: child.live }) : null,
    child.pid ? `pid ${child.pid}` : null,
    child.node ? t('on_node', { node: child.node }) : null,
  ].filter(Boolean);
  return h(
    'li',
    { data: { key: path } },
    h('strong', {}, place.top ? t('whole_tree') : child.kind === 'actor' ? actorLink(child.what) : child.id),
    ' ',
    badge(t(`state_${child.status}`), kindOf(child.status)),
    ' ',
    h('span.soft', {}, `${child.kind} · ${note.join(' · ')}`),
    ' ',
    place.write && down ? act(t('start_again'), { node: place.node, path: adminPath(['tree', 'restart'], { id: path }), what: t('start_again_what', { part: path, node: place.node }) }) : null,
    child.lastCause ? h('p.notice.bad', {}, child.lastCause) : null,
    child.children?.length ? h('ul', {}, child.children.map((one) => branch(one, { ...place, top: false, path: place.top ? '' : path }))) : null,
  );
}

function supervisors(node, body) {
  const rows = (body.supervisors ?? []).map((one) => [one.name, one.strategy, one.policy, one.children, one.restarts, one.quarantined]);
  const number = true;
  return table(t('services_of', { node }), [{ name: t('service') }, { name: t('strategy') }, { name: t('policy'), long: true }, { name: t('actors_live'), number }, { name: t('restarts_count'), number }, { name: t('quarantined'), number }], rows);
}
