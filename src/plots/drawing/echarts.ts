/** As much of Apache ECharts as the charts of charts.ts are drawn with. */
import { HeatmapChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  LineChart,
  LinesChart,
  ScatterChart,
  HeatmapChart,
  TitleComponent,
  LegendComponent,
  GridComponent,
  TooltipComponent,
  DataZoomInsideComponent,
  VisualMapContinuousComponent,
  SVGRenderer,
]);

/** A chart without options: in an element, or of a size in pixels where there is no DOM. */
export function startChart(place: HTMLElement | { readonly width: number; readonly height: number }): EChartsType {
  if ("nodeType" in place) return init(place, null, { renderer: "svg" });
  return init(null, null, { renderer: "svg", ssr: true, ...place });
}
