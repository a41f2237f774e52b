// The dashboard's own API (actors/dashboard/board.h). What it refuses is an Error with its words.

async function answered(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.error?.message ?? `HTTP ${response.status}`);
  return body;
}

const query = (params) => new URLSearchParams(params).toString();

export const about = async () => answered(await fetch('/api/about'));
export const askEach = async (path) => (await answered(await fetch(`/api/each?${query({ path })}`))).answers;
export const askOne = async (node, path) => answered(await fetch(`/api/one?${query({ node, path })}`));

export async function order(node, path) {
  const answer = await answered(await fetch(`/api/act?${query({ node, path })}`, { method: 'POST' }));
  if (answer.error) throw new Error(answer.error.message ?? answer.error.kind);
  return answer.body;
}

// Follows paths until close(). `on`: { answer(answer), round(), state('live' | 'lost' | 'refused' | 'dropped', event) }.
export function follow(paths, on) {
  const params = new URLSearchParams();
  for (const path of paths) params.append('path', path);
  const source = new EventSource(`/api/live?${params}`);
  const end = (state) => (event) => {
    source.close();
    on.state(state, JSON.parse(event.data));
  };
  source.addEventListener('answer', (event) => on.answer(JSON.parse(event.data)));
  source.addEventListener('round', () => on.round());
  source.addEventListener('refused', end('refused'));
  source.addEventListener('dropped', end('dropped'));
  source.addEventListener('open', () => on.state('live'));
  source.addEventListener('error', () => on.state('lost'));
  return () => source.close();
}
