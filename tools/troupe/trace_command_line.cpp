#include "trace_command_line.h"

namespace troupe::tool {

void add_traces(CLI::App& app, TraceOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
                const bool& json) {
  TraceOptions& o = options;
  auto* trace = app.add_subcommand("trace", "what requests, calls and turns did, and when, over all nodes");
  trace->require_subcommand(1, 1);
  trace->fallthrough();
  auto* ls = add(*trace, "ls", "traces that nodes hold, the latest first",
                 [&o, &json, nodes] { return list_traces(nodes(), o, json); });
  ls->add_option("--limit", o.limit, "at most so many (default 20)")->check(CLI::Range(1, 1000));
  auto* failing = ls->add_flag_callback(
      "--failing", [&o] { o.which = "failing"; }, "those in which something failed");
  ls->add_flag_callback(
        "--slow", [&o] { o.which = "slow"; }, "those with a slow turn, the longest first")
      ->excludes(failing);
  add(*trace, "show", "one trace as a waterfall: what called what, on which node, from when to when",
      [&o, &json, nodes] { return show_trace(nodes(), o, json); })
      ->add_option("ID", o.id, "32 hexadecimal digits, as in `troupe trace ls` or a problem's traceId")
      ->required();
  auto* out = add(*trace, "export", "one trace as a file for Perfetto (ui.perfetto.dev) or chrome://tracing",
                  [&o, &json, nodes] { return export_trace(nodes(), o, json); });
  out->add_option("ID", o.id, "as of show")->required();
  out->add_option("--perfetto", o.perfetto, "the file to write, in Chrome's trace event format")->required();
}

}  // namespace troupe::tool
