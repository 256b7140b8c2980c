// Package chart draws bars, trends and small charts from block characters.
//
// Every result has exactly the size asked for, and is made of the theme's
// glyphs, so that terminals without them get plain ASCII. (ntcharts was looked
// at: what is needed here is a bar, a sparkline and columns under two axis
// labels, which are shorter to draw than to adapt.)
package chart
