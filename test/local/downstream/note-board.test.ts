import { expect, test } from "vitest";
import { createNoteBoard, noteUri } from "../../../local/downstream/note-board.ts";

test("distinguishes new notes from changed ones and calls the current listeners", () => {
  const board = createNoteBoard();
  const changes: unknown[] = [];
  const stop = board.onChange((change) => changes.push(change));
  board.write("a b", "one");
  board.write("a b", "two");
  stop();
  board.write("a b", "three");
  expect(changes).toEqual([
    { uri: "note://board/a%20b", added: true },
    { uri: "note://board/a%20b", added: false },
  ]);
  expect(board.read("a b")).toBe("three");
});

test("keeps at most 50 notes and evicts the oldest", () => {
  const board = createNoteBoard();
  for (let n = 0; n < 50; n++) board.write(`n${n}`, "x");
  expect(board.names()).toHaveLength(50);
  expect(board.read("welcome")).toBeUndefined();
  expect(noteUri("n0")).toBe("note://board/n0");
});
