// Package cite decides which sentences of a model's answer may be shown, by the evidence that they cite. It is pure.
//
// What it guarantees of the text it returns: every [n] outside code refers to a piece of evidence that the model was given, numbered from 1 in
// order of appearance; every sentence has such a reference; every number written in digits is in the evidence that its sentence cites; a
// capitalised name is in that evidence or in the question; and a sentence shares words or numbers with its evidence.
//
// What it does not prove: that the evidence says what the sentence says. A sentence that turns its evidence round ("failed" for "did not
// fail"), or joins true words to a false claim, passes; so do numbers in words, signs and units. And evidence may be wrong itself. It catches
// invented citations, invented figures, invented names, and prose about something else: whoever needs to be sure opens the record.
package cite
