// The core in a C++ program of its own, by way of CMake: installed and found, and as a subdirectory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, before, test } from 'node:test';

import { expectNothingLeft } from '../support/leftovers.js';
import { uniqueName } from '../support/names.js';
import { notRun } from '../support/not-run.js';
import { root } from '../support/paths.js';
import { run, temporaryFolder, tryRun, writeFiles } from './temporary.js';

const hasCmake = spawnSync('cmake', ['--version']).status === 0;

const main = `
#include <cstdio>
#include <shm/segment.hpp>

int main(int, char** arguments) {
  const auto name = shm::SegmentName::parse(arguments[1]);
  if (!name) return 1;
  auto segment = shm::Segment::create(*name, {.size = 1000});
  if (!segment) {
    std::printf("%s\\n", segment.error().operation);
    return 2;
  }
  segment->bytes()[999] = std::byte{42};
  auto again = shm::Segment::open(*name);
  std::printf("%zu bytes, the last one %d\\n", again->bytes().size(), static_cast<int>(again->bytes()[999]));
  return shm::Segment::unlink(*name) ? 0 : 3;
}
`;
const target = `
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE shm::core)
`;
const head = `
cmake_minimum_required(VERSION 3.21)
project(consumer LANGUAGES CXX)
add_compile_options(-Wall -Wextra -Werror)
`;

const [build, prefix] = [temporaryFolder(), temporaryFolder()];

expectNothingLeft();

before(() => {
  if (!hasCmake) return;
  run('cmake', ['-S', root, '-B', build, '-DCMAKE_BUILD_TYPE=Release', `-DCMAKE_INSTALL_PREFIX=${prefix}`]);
  run('cmake', ['--build', build, '--parallel', '2']);
  run('cmake', ['--install', build]);
});

function buildConsumer(listFile: string, ...options: string[]): string {
  const folder = temporaryFolder();
  writeFiles(folder, { 'CMakeLists.txt': listFile, 'main.cpp': main });
  run('cmake', ['-S', folder, '-B', join(folder, 'build'), ...options]);
  run('cmake', ['--build', join(folder, 'build'), '--parallel', '2']);
  return join(folder, 'build/consumer');
}

function testWithCmake(name: string, body: () => void): void {
  test(name, (t: TestContext) => hasCmake ? body() : notRun(t, 'needs cmake'));
}

const works = { status: 0, stdout: '1000 bytes, the last one 42\n', stderr: '' };

testWithCmake('a program finds the installed package', () => {
  const consumer = buildConsumer(`${head}find_package(shm 1.0 REQUIRED)\n${target}`, `-DCMAKE_PREFIX_PATH=${prefix}`);
  assert.deepEqual(tryRun(consumer, [uniqueName()]), works);
});

testWithCmake('a program has the sources as a subdirectory', () => {
  const consumer = buildConsumer(`${head}add_subdirectory(${root} shm)\n${target}`);
  assert.deepEqual(tryRun(consumer, [uniqueName()]), works);
});

testWithCmake('a later major version is not found', () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'CMakeLists.txt': `${head}find_package(shm 2.0 REQUIRED)\n`, 'main.cpp': main });
  const args = ['-S', folder, '-B', join(folder, 'build'), `-DCMAKE_PREFIX_PATH=${prefix}`];
  const { status, stderr } = tryRun('cmake', args);
  assert.notEqual(status, 0);
  assert.match(stderr, /compatible\s+with requested version\s+"2\.0"/);
});
