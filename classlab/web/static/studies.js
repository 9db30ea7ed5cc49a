// The list of studies can be sorted and filtered.
import { enhanceTables } from "./tables.js";

enhanceTables(document);
