#pragma once
// The dialogs around connections, each in a state that is made up.

#include "tests/ui/walk/stage.h"

namespace tests {

void showConnection(Stage& stage);
void showTestRunning(Stage& stage);
void showTestFailed(Stage& stage);
void showTestWarned(Stage& stage);
void showTestGood(Stage& stage);
void showCertificate(Stage& stage);
void showRemove(Stage& stage);
void showNewVault(Stage& stage);
void showLockedVault(Stage& stage);
void showChangeVault(Stage& stage);
void showUnlock(Stage& stage);

} // namespace tests
