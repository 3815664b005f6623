// tarn sql at a terminal: history, completion, statements over several lines until their ;, Ctrl-C.
#pragma once

#include <atomic>

#include "app/row_printer.h"
#include "app/sql_client.h"

namespace tarn::app {

// Set by SIGINT while the flag is installed; a query in progress then ends.
std::atomic<bool>& InterruptFlag();
void InstallInterrupt();

// Runs one statement and says its error on standard error. False: it failed.
bool RunStatement(SqlClient& client, std::string_view statement, RowSink& sink);

// Until QUIT, EXIT or Ctrl-D. Returns the exit code.
int RunInteractive(SqlClient& client, SqlTransport& transport, RowSink& sink);

}  // namespace tarn::app
