#include "app/interactive.h"

#include <histedit.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "app/verbs.h"
#include "base/text.h"
#include "sql/parser.h"

namespace tarn::app {
namespace {
constexpr int kHistoryLines = 2000;

struct Terminal {
  EditLine* edit = nullptr;
  History* history = nullptr;
  SqlClient* client = nullptr;
  std::string pending;   // lines of the statement before the current one
  bool more = false;
};
Terminal* terminal = nullptr;   // libedit's callbacks carry no argument of ours

char* Prompt(EditLine*) {
  static char first[] = "Tarn SQL> ", next[] = "        > ";
  return terminal->more ? next : first;
}

std::string CommonStart(const std::vector<std::string>& words) {
  std::string start = words.empty() ? "" : words[0];
  for (const std::string& w : words) {
    size_t n = 0;
    while (n < start.size() && n < w.size() && std::tolower(static_cast<unsigned char>(start[n])) == std::tolower(static_cast<unsigned char>(w[n]))) ++n;
    start.resize(n);
  }
  return start;
}

unsigned char CompleteWord(EditLine* edit, int) {
  const LineInfo* line = el_line(edit);
  std::string before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
  size_t start = before.find_last_of(" \t(,=") + 1;
  std::string word = before.substr(start), text = terminal->pending + before;
  auto candidates = terminal->client->Complete(text, text.size());
  if (!candidates.ok() || candidates->empty()) return CC_REFRESH_BEEP;
  std::vector<std::string> fitting;
  for (const std::string& c : *candidates) if (c.size() >= word.size() && EqualsIgnoreCase(std::string_view(c).substr(0, word.size()), word)) fitting.push_back(c);
  if (fitting.empty()) return CC_REFRESH_BEEP;
  std::string common = CommonStart(fitting);
  if (common.size() > word.size() || (fitting.size() == 1 && common != word)) {
    el_deletestr(edit, static_cast<int>(word.size()));
    el_insertstr(edit, (fitting.size() == 1 ? common + " " : common).c_str());
    return CC_REFRESH;
  }
  std::fputc('\n', stdout);
  size_t shown = 0;
  for (const std::string& c : fitting) {
    if (++shown > 60) { std::printf("... %zu more", fitting.size() - 60); break; }
    std::printf("%s  ", c.c_str());
  }
  std::fputc('\n', stdout);
  std::fflush(stdout);
  return CC_REDISPLAY;
}

std::string HistoryFile() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  std::string dir = state && *state ? std::string(state) + "/tarn" : home && *home ? std::string(home) + "/.local/state/tarn" : "";
  if (dir.empty()) return "";
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  return dir + "/sql_history";
}

constexpr const char* kHelp =
    "Statements end with ; and may span lines. Tab completes, Ctrl-C stops a running query or clears the line, Ctrl-D leaves.\n"
    "  HELP;   this text\n"
    "  CLEAR;  an empty screen\n"
    "  QUIT;   leave (also EXIT;)\n";

// HELP, CLEAR, QUIT, EXIT: what only the client knows. 0: not one of them, 1: done, 2: leave.
int ClientCommand(std::string_view statement) {
  std::string word = ToUpper(Trim(statement.substr(0, statement.find(';'))));
  if (word == "QUIT" || word == "EXIT") return 2;
  if (word == "HELP") { std::fputs(kHelp, stdout); return 1; }
  if (word == "CLEAR") { std::fputs("\033[H\033[2J", stdout); return 1; }
  return 0;
}
}  // namespace

std::atomic<bool>& InterruptFlag() {
  static std::atomic<bool> flag{false};
  return flag;
}

void InstallInterrupt() {
  InterruptFlag();   // made before a handler needs it
  struct sigaction action {};
  action.sa_handler = [](int) {
    if (InterruptFlag().exchange(true)) _exit(130);   // the second Ctrl-C does not wait
  };
  sigaction(SIGINT, &action, nullptr);
}

bool RunStatement(SqlClient& client, std::string_view statement, RowSink& sink) {
  Status s = client.Execute(statement, sink, InterruptFlag());
  if (s.ok()) return true;
  std::fflush(stdout);
  std::fputs(ErrorText(s, statement).c_str(), stderr);
  return false;
}

int RunInteractive(SqlClient& client, SqlTransport& transport, RowSink& sink) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::printf("tarn %s, connected to %s. HELP; says more.\n", kVersion, transport.name().c_str());
  Terminal t;
  t.client = &client;
  terminal = &t;
  t.edit = el_init("tarn", stdin, stdout, stderr);
  t.history = history_init();
  if (!t.edit || !t.history) return Fail(Status::Exhausted("no line editor on this terminal").WithHint("use tarn sql -f FILE"));
  HistEvent event;
  history(t.history, &event, H_SETSIZE, kHistoryLines);
  history(t.history, &event, H_SETUNIQUE, 1);
  std::string file = HistoryFile();
  if (!file.empty()) history(t.history, &event, H_LOAD, file.c_str());
  el_set(t.edit, EL_HIST, history, t.history);
  el_set(t.edit, EL_PROMPT, Prompt);
  el_set(t.edit, EL_EDITOR, "emacs");
  el_set(t.edit, EL_SIGNAL, 0);
  el_set(t.edit, EL_ADDFN, "complete-word", "completes a word", CompleteWord);
  el_set(t.edit, EL_BIND, "^I", "complete-word", nullptr);
  el_set(t.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(t.edit, nullptr);
  bool leave = false;
  while (!leave) {
    t.more = !t.pending.empty();
    int n = 0;
    errno = 0;
    InterruptFlag() = false;
    const char* line = el_gets(t.edit, &n);
    if (InterruptFlag()) {   // Ctrl-C while typing: start again
      t.pending.clear();
      std::fputc('\n', stdout);
      el_reset(t.edit);
      continue;
    }
    if (!line || n <= 0) break;   // Ctrl-D
    t.pending.append(line, static_cast<size_t>(n));
    if (Trim(t.pending).empty()) { t.pending.clear(); continue; }
    int command = ClientCommand(t.pending);
    if (command == 0 && sql::IsIncomplete(t.pending)) continue;
    std::string text = std::move(t.pending);
    t.pending.clear();
    std::string kept(Trim(text));
    history(t.history, &event, H_ENTER, (kept + "\n").c_str());
    if (command == 2) break;
    if (command == 1) continue;
    for (const sql::ScriptPart& part : sql::SplitScript(text)) {
      command = ClientCommand(part.text);
      if (command == 2) { leave = true; break; }
      if (command == 1) continue;
      InterruptFlag() = false;
      if (!RunStatement(client, part.text, sink)) break;
      if (InterruptFlag()) break;
    }
  }
  std::fputc('\n', stdout);
  if (!file.empty()) history(t.history, &event, H_SAVE, file.c_str());
  history_end(t.history);
  el_end(t.edit);
  terminal = nullptr;
  return 0;
}

}  // namespace tarn::app
